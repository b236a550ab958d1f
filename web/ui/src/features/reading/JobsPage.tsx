/** What runs, what waits, what failed: every step of every document, with cancel and retry. */
import { Button, NativeSelect, Progress } from '@mantine/core';
import { IconChecklist, IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getJobs } from '~/api/endpoints';
import type { Job, JobState } from '~/api/types';
import { POLL_MS } from '~/app/events';
import { Empty, Failed, Loading } from '~/components/States';
import { useStageName } from '~/components/Status';
import { useTitle } from '~/components/useTitle';
import { type Action, useAct } from '~/features/documents/actions';
import { Heading } from '~/features/reading/Heading';
import classes from '~/features/reading/Reading.module.css';
import { useFormat } from '~/i18n/format';

const STATES: readonly JobState[] = ['running', 'queued', 'failed', 'cancelled', 'done'];
const PAGE = 50;

export function JobsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { state } = useSearch({ from: '/app/jobs' });
  useTitle(t('reading.jobs'));
  const jobs = useInfiniteQuery({
    queryKey: ['jobs', state ?? ''],
    queryFn: ({ pageParam }) => getJobs(state ?? null, pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: POLL_MS,
  });
  const rows = jobs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={classes.screen}>
      <Heading shown="jobs" />
      <div className={classes.filters}>
        <NativeSelect
          aria-label={t('reading.state')}
          value={state ?? ''}
          onChange={(event) => {
            const chosen = event.currentTarget.value as JobState | '';
            void navigate({ to: '/jobs', search: chosen ? { state: chosen } : {}, replace: true });
          }}
          data={[
            { value: '', label: t('reading.anyState') },
            ...STATES.map((one) => ({ value: one, label: t(`job.${one}`) })),
          ]}
        />
      </div>
      {jobs.error && !jobs.data ? (
        <Failed error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : !jobs.data ? (
        <Loading rows={8} />
      ) : rows.length === 0 ? (
        <Empty
          icon={<IconChecklist size={26} stroke={1.6} />}
          title={t('reading.noJobs')}
          text={t('reading.noJobsText')}
        />
      ) : (
        <ul className={classes.rows} aria-label={t('reading.jobs')}>
          {rows.map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </ul>
      )}
      {jobs.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={jobs.isFetchingNextPage}
          onClick={() => void jobs.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}

function Row({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const stageName = useStageName();
  const facts = [
    stageName(job.stage),
    job.attempt > 1 && t('document.attempts', { count: job.attempt }),
    format.dateTime(job.finished_at ?? job.started_at ?? job.created_at),
  ].filter(Boolean);
  return (
    <li className={classes.row}>
      <div className={classes.rowMain}>
        <span className={classes.rowTitle}>
          {job.document === null ? (
            stageName(job.stage)
          ) : (
            <Link to="/documents/$id" params={{ id: String(job.document) }}>
              {job.document_name}
            </Link>
          )}
        </span>
        <div className={`${classes.rowMeta} tabular`}>{facts.join(' · ')}</div>
        {job.state === 'running' && job.total > 0 && (
          <Progress
            mt={6}
            size={4}
            maw={320}
            value={(100 * job.done) / job.total}
            aria-label={t('documents.progress', {
              stage: stageName(job.stage),
              done: job.done,
              total: job.total,
            })}
          />
        )}
        {job.error && <p className={classes.error}>{job.error.message}</p>}
      </div>
      <span className={classes.state} data-state={job.state}>
        {t(`job.${job.state}`)}
        {job.state === 'running' && job.total > 0 && (
          <span className="tabular">
            {' '}
            {format.number(job.done)}/{format.number(job.total)}
          </span>
        )}
      </span>
      <RowAction job={job} />
    </li>
  );
}

function RowAction({ job }: { job: Job }) {
  const { t } = useTranslation();
  const act = useAct();
  const client = useQueryClient();
  const { document, state } = job;
  if (document === null || state === 'done') return <span className={classes.action} />;
  const run = async (action: Action) => {
    await act(action, [document]);
    await client.invalidateQueries({ queryKey: ['jobs'] });
  };
  const ended = state === 'failed' || state === 'cancelled';
  return (
    <span className={classes.action}>
      <Button
        size="xs"
        variant="default"
        leftSection={
          ended ? (
            <IconRefresh size={14} aria-hidden="true" />
          ) : (
            <IconPlayerStop size={14} aria-hidden="true" />
          )
        }
        onClick={() => void run(ended ? 'retry' : 'cancel')}
      >
        {ended ? t('common.retry') : t('common.cancel')}
        <span className="visually-hidden"> {job.document_name}</span>
      </Button>
    </span>
  );
}
