/** Empty, failed and loading: the three things a screen shows instead of its content. */
import { Button, Code, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '~/api/problems';
import { sentenceOf } from '~/components/problem';
import classes from '~/components/States.module.css';

interface EmptyProps {
  icon: ReactNode;
  title: string;
  text?: ReactNode;
  /** Heading level: 1 where this is the whole page. */
  order?: 1 | 2;
  children?: ReactNode;
}

export function Empty({ icon, title, text, order = 2, children }: EmptyProps) {
  return (
    <div className={classes.state}>
      <div className={classes.icon} aria-hidden="true">
        {icon}
      </div>
      <Title order={order} size="h2">
        {title}
      </Title>
      {text && (
        <Text c="dimmed" maw={440}>
          {text}
        </Text>
      )}
      {children && <div className={classes.actions}>{children}</div>}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  onRetry?: () => void;
}

export function Failed({ error, onRetry }: FailedProps) {
  const { t } = useTranslation();
  const code = error instanceof ApiError ? error.code : '';
  return (
    <div className={classes.state} role="alert">
      <div className={classes.icon} data-tone="bad" aria-hidden="true">
        <IconAlertTriangle size={26} stroke={1.6} />
      </div>
      <Title order={2}>{t('error.title')}</Title>
      <Text maw={520}>{sentenceOf(error, t)}</Text>
      {code && (
        <Text size="xs" c="dimmed">
          <Code bg="transparent" c="dimmed">
            {t('error.code', { code })}
          </Code>
        </Text>
      )}
      {onRetry && (
        <div className={classes.actions}>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden="true" />}
            onClick={onRetry}
          >
            {t('common.retry')}
          </Button>
        </div>
      )}
    </div>
  );
}

export function Loading({ rows = 5, height = 44 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" role="status" aria-label={t('app.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical placeholders
        <Skeleton key={row} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
