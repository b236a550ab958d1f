/** The two lists of reading: jobs, and the pages that were read worst. */
import { SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from '~/features/reading/Reading.module.css';

export function Heading({ shown }: { shown: 'jobs' | 'pages' }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <div className={classes.top}>
      <h1 className={classes.heading}>{t('reading.title')}</h1>
      <SegmentedControl
        aria-label={t('documents.show')}
        size="xs"
        value={shown}
        onChange={(tab) => void navigate({ to: tab === 'jobs' ? '/jobs' : '/pages' })}
        data={[
          { value: 'jobs', label: t('reading.jobs') },
          { value: 'pages', label: t('reading.pages') },
        ]}
      />
    </div>
  );
}
