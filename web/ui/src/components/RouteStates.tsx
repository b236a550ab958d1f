/** What the router shows when a screen is late, broken or not there. */
import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Empty, Failed, Loading } from '~/components/States';

export function RoutePending() {
  return (
    <div style={{ maxWidth: 960, margin: '32px auto', padding: '0 16px' }}>
      <Loading />
    </div>
  );
}

export function RouteError({ error }: ErrorComponentProps) {
  return <Failed error={error} onRetry={() => window.location.reload()} />;
}

/** For addresses outside every screen: with the way home. */
export function NotFoundPage() {
  return (
    <main id="main">
      <NotFound order={1} />
    </main>
  );
}

export function NotFound({ order = 2 }: { order?: 1 | 2 }) {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<IconMapQuestion size={26} stroke={1.6} />}
      title={t('error.notFound')}
      order={order}
      text={t('error.notFoundText')}
    >
      <Button component={Link} to="/" variant="default">
        {t('nav.search')}
      </Button>
    </Empty>
  );
}
