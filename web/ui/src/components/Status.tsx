/** How a document stands, in a word, a colour and, while it moves, its progress. */
import { Progress, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DocumentRow, DocumentStatus } from '~/api/types';
import classes from '~/components/Status.module.css';

export const TONES: Record<DocumentStatus | 'rejected', string> = {
  received: 'wait',
  parsing: 'run',
  searchable: 'run',
  enriching: 'run',
  ready: 'ok',
  failed: 'bad',
  deleted: 'wait',
  rejected: 'bad',
};

export const MOVING: readonly DocumentStatus[] = ['received', 'parsing', 'searchable', 'enriching'];

export function isMoving(status: DocumentStatus): boolean {
  return MOVING.includes(status);
}

export function StatusMark({ status }: { status: DocumentStatus | 'rejected' }) {
  const { t } = useTranslation();
  return (
    <Tooltip label={t(`statusHint.${status}`)}>
      <span className={classes.status} data-tone={TONES[status]}>
        <span className={classes.dot} aria-hidden="true" />
        {t(`status.${status}`)}
      </span>
    </Tooltip>
  );
}

/** "classify" and the like in the reader's language; unknown stages as they come. */
export function useStageName(): (stage: string) => string {
  const { t, i18n } = useTranslation();
  return (stage) => (i18n.exists(`stage.${stage}`) ? t(`stage.${stage as 'parse'}`) : stage);
}

export function StatusProgress({ row }: { row: DocumentRow }) {
  const { t } = useTranslation();
  const stageName = useStageName();
  const progress = row.progress;
  if (!progress || !isMoving(row.status)) return null;
  const stage = stageName(progress.stage);
  if (progress.total === 0) return <span className={classes.note}>{stage}</span>;
  const label = t('documents.progress', { stage, done: progress.done, total: progress.total });
  return (
    <span className={classes.progress}>
      <Progress
        value={(100 * progress.done) / progress.total}
        size={4}
        aria-label={label}
        className={classes.bar}
      />
      <span className={`${classes.note} tabular`}>{label}</span>
    </span>
  );
}
