/** The three sides of what people say: what waits, what it is sorted into, what was said. */
import { SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from '~/features/labels/Labels.module.css';

type Tab = 'review' | 'labels' | 'examples';
const TABS: readonly Tab[] = ['review', 'labels', 'examples'];

interface Props {
  shown: Tab;
  taxonomy?: string | undefined;
  children?: ReactNode;
}

export function CurateHeading({ shown, taxonomy, children }: Props) {
  const { t } = useTranslation('curate');
  const navigate = useNavigate();
  const go = (tab: Tab) => {
    if (tab === 'review') return navigate({ to: '/review' });
    const show = tab === 'examples' ? ({ show: 'examples' } as const) : {};
    return navigate({ to: '/labels', search: { ...show, ...(taxonomy ? { taxonomy } : {}) } });
  };
  return (
    <div className={classes.top}>
      <h1 className={classes.heading}>{t(`tab.${shown}`)}</h1>
      <SegmentedControl
        aria-label={t('show')}
        size="xs"
        value={shown}
        onChange={(tab) => void go(tab as Tab)}
        data={TABS.map((value) => ({ value, label: t(`tab.${value}`) }))}
      />
      <div className={classes.right}>{children}</div>
    </div>
  );
}
