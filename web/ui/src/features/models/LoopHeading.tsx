/** The two halves of the model loop: what there is, and how it was made. */
import { SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '~/app/session';
import classes from '~/features/models/Loop.module.css';

/** Whether the person may train, promote and roll back. */
export function useIsEngineer(): boolean {
  const { user } = useSession();
  return user?.role === 'engineer' || user?.role === 'admin';
}

interface Props {
  shown: 'models' | 'trainings';
  children?: ReactNode;
}

export function LoopHeading({ shown, children }: Props) {
  const { t } = useTranslation();
  const { t: words } = useTranslation('loop');
  const navigate = useNavigate();
  const engineer = useIsEngineer();
  return (
    <div className={classes.top}>
      <h1 className={classes.heading}>{t('nav.models')}</h1>
      {engineer && (
        <SegmentedControl
          aria-label={words('show')}
          size="xs"
          value={shown}
          onChange={(tab) => void navigate({ to: tab === 'models' ? '/models' : '/trainings' })}
          data={[
            { value: 'models', label: words('models') },
            { value: 'trainings', label: words('trainings') },
          ]}
        />
      )}
      <div className={classes.right}>{children}</div>
    </div>
  );
}
