/** How the document went through, step by step, and what the file says about itself. */
import { Button, CopyButton, Text } from '@mantine/core';
import {
  IconCircle,
  IconCircleCheckFilled,
  IconCircleXFilled,
  IconLoader2,
  IconPlayerStop,
  IconRefresh,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DocumentDetail, JobState, StageRun } from '~/api/types';
import { useStageName } from '~/components/Status';
import classes from '~/features/document/Document.module.css';
import { useAct } from '~/features/documents/actions';
import { Family, Ledger } from '~/features/reading/DocumentReading';
import { useFormat } from '~/i18n/format';

const ICONS: Record<JobState, typeof IconCircle> = {
  queued: IconCircle,
  running: IconLoader2,
  done: IconCircleCheckFilled,
  failed: IconCircleXFilled,
  cancelled: IconCircle,
};

export function Details({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const remarks = [
    ...document.warnings,
    ...document.page_list.flatMap((page) =>
      page.warnings.map((text) => `${t('document.pageLabel', { page: page.number })}：${text}`),
    ),
  ];
  return (
    <div className={classes.details}>
      <section>
        <h2>{t('document.stages')}</h2>
        <ol className={classes.stages}>
          {document.stages.map((run) => (
            <Stage key={run.stage} run={run} document={document.id} />
          ))}
        </ol>
      </section>
      <Family document={document} />
      <FileFacts document={document} />
      <Ledger document={document} />
      {remarks.length > 0 && (
        <section>
          <h2>{t('document.warnings')}</h2>
          <ul className={classes.remarks}>
            {remarks.slice(0, 50).map((text, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same remark may come twice
              <li key={index}>{text}</li>
            ))}
          </ul>
        </section>
      )}
      <Metadata metadata={document.metadata} />
    </div>
  );
}

function Stage({ run, document }: { run: StageRun; document: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const act = useAct();
  const stageName = useStageName();
  const Icon = ICONS[run.state];
  const took =
    run.started_at && run.finished_at
      ? new Date(run.finished_at).getTime() - new Date(run.started_at).getTime()
      : null;
  const facts = [
    run.state === 'done' ? null : t(`job.${run.state}`),
    run.finished_at && format.dateTime(run.finished_at),
    took !== null && t('document.took', { duration: format.duration(took) }),
    run.attempt > 1 && t('document.attempts', { count: run.attempt }),
    run.total > 0 && run.state === 'running' && `${run.done}/${run.total}`,
  ].filter(Boolean);
  return (
    <li className={classes.stage} data-state={run.state}>
      <Icon size={17} aria-hidden="true" />
      <div>
        <div className={classes.stageName}>
          {stageName(run.stage)}
          <span className="visually-hidden">{t(`job.${run.state}`)}</span>
        </div>
        <div className={`${classes.stageFacts} tabular`}>{facts.join(' · ')}</div>
        {run.error && <p className={classes.stageError}>{run.error.message}</p>}
        {(run.state === 'failed' || run.state === 'cancelled') && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconRefresh size={13} aria-hidden="true" />}
            onClick={() => void act('retry', [document])}
          >
            {t('common.retry')}
          </Button>
        )}
        {(run.state === 'running' || run.state === 'queued') && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconPlayerStop size={13} aria-hidden="true" />}
            onClick={() => void act('cancel', [document])}
          >
            {t('reading.stop')}
          </Button>
        )}
      </div>
    </li>
  );
}

function FileFacts({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const facts: [string, ReactNode][] = [
    [t('document.meta.format'), `${document.format.toUpperCase()} · ${document.media_type}`],
    [t('document.meta.size'), format.bytes(document.size)],
    [t('document.meta.pages'), document.pages === null ? '' : format.number(document.pages)],
    [t('document.meta.language'), format.language(document.language)],
    [t('document.meta.collection'), document.collection.name],
    [t('document.meta.path'), document.path],
    [t('document.meta.created'), format.dateTime(document.created_at)],
    [t('document.meta.createdBy'), document.created_by],
    [t('document.meta.version'), document.version > 1 ? document.version : ''],
    [
      t('document.meta.sha256'),
      <span key="hash" className={classes.hash}>
        <code>{document.sha256.slice(0, 16)}…</code>
        <CopyButton value={document.sha256}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" onClick={copy}>
              {copied ? t('document.copied') : t('document.copyHash')}
            </Button>
          )}
        </CopyButton>
      </span>,
    ],
  ];
  return (
    <section>
      <h2>{t('document.file')}</h2>
      <dl className={classes.facts}>
        {facts
          .filter(([, value]) => value !== '' && value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function Metadata({ metadata }: { metadata: Record<string, string> }) {
  const { t } = useTranslation();
  const entries = Object.entries(metadata).filter(([, value]) => value);
  if (entries.length === 0) return null;
  return (
    <section>
      <h2>{t('document.metadata')}</h2>
      <dl className={classes.facts}>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Text span size="sm">
                {value}
              </Text>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
