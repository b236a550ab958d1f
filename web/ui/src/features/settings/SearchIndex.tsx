/** Index generations: built beside the one in service, then swapped. */
import { Badge, Button, Code, Progress } from '@mantine/core';
import { IconDatabaseSearch, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import {
  activateGeneration,
  buildGeneration,
  cancelGeneration,
  getGenerations,
  pauseGeneration,
  resumeGeneration,
} from '~/api/endpoints';
import type { Generation } from '~/api/types';
import { POLL_MS } from '~/app/events';
import { notifyDone, notifyError } from '~/components/problem';
import { Empty, Failed, Loading } from '~/components/States';
import { Section } from '~/features/settings/Section';
import classes from '~/features/settings/Settings.module.css';
import { useFormat } from '~/i18n/format';

const KEY = ['generations'];
const BUSY = new Set(['building', 'paused']);

function useChange(call: () => Promise<unknown>, done: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: async () => {
      notifyDone(done);
      await client.invalidateQueries({ queryKey: KEY });
    },
    onError: (error) => notifyError(error, t),
  });
}

export function SearchIndex() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: getGenerations,
    refetchInterval: (query) =>
      query.state.data?.items.some((one) => one.state === 'building') ? POLL_MS : false,
  });
  const build = useChange(buildGeneration, t('settings.building'));
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  const generations = [...(data?.items ?? [])].reverse();
  return (
    <Section
      title={t('settings.index')}
      lead={t('settings.indexLead')}
      action={
        <Button
          size="xs"
          loading={build.isPending}
          disabled={generations.some((one) => BUSY.has(one.state))}
          leftSection={<IconRefresh size={15} aria-hidden="true" />}
          onClick={() => build.mutate()}
        >
          {t('settings.build')}
        </Button>
      }
    >
      {!data && <Loading rows={3} />}
      {data && generations.length === 0 && (
        <Empty
          icon={<IconDatabaseSearch size={26} stroke={1.6} />}
          title={t('settings.noGenerations')}
          text={t('settings.noGenerationsText')}
        />
      )}
      <ul className={classes.rows}>
        {generations.map((one) => (
          <Row key={one.id} generation={one} />
        ))}
      </ul>
    </Section>
  );
}

function Row({ generation }: { generation: Generation }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { id, state, progress } = generation;
  const stateName = i18n.exists(`settings.generationState.${state}`)
    ? t(`settings.generationState.${state as 'live'}`)
    : state;
  return (
    <li className={classes.row}>
      <div className={classes.rowMain}>
        <span className={classes.rowTitle}>
          {t('settings.generation', { id })}
          <Badge
            className={classes.state ?? ''}
            data-live={state === 'live' || undefined}
            variant="outline"
            color="gray"
            ml={10}
          >
            {stateName}
          </Badge>
        </span>
        <div className={`${classes.rowMeta} tabular`}>
          {[
            t('settings.passages', { count: generation.passages }),
            `${t('settings.createdAt')} ${format.dateTime(generation.created_at)}`,
            generation.activated_at &&
              `${t('settings.activatedAt')} ${format.dateTime(generation.activated_at)}`,
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
        <div className={classes.rowMeta}>
          {t('settings.embedder')}{' '}
          <Code bg="transparent" c="dimmed">
            {generation.embedder}
          </Code>
        </div>
        {progress && progress.total > 0 && (
          <Progress
            mt={6}
            size={5}
            value={(100 * progress.done) / progress.total}
            aria-label={`${t('settings.generation', { id })}: ${progress.done}/${progress.total}`}
          />
        )}
      </div>
      <RowButtons generation={generation} />
    </li>
  );
}

function RowButtons({ generation }: { generation: Generation }) {
  const { t } = useTranslation();
  const { id, state } = generation;
  const activate = useChange(() => activateGeneration(id), t('settings.activated', { id }));
  const pause = useChange(() => pauseGeneration(id), t('settings.paused'));
  const resume = useChange(() => resumeGeneration(id), t('settings.resumed'));
  const cancel = useChange(() => cancelGeneration(id), t('settings.buildCancelled'));
  const button = (label: string, change: typeof activate) => (
    <Button size="xs" variant="default" loading={change.isPending} onClick={() => change.mutate()}>
      {label}
    </Button>
  );
  return (
    <div className={classes.rowButtons}>
      {(state === 'ready' || state === 'previous') && button(t('settings.activate'), activate)}
      {state === 'building' && button(t('settings.pause'), pause)}
      {state === 'paused' && button(t('settings.resume'), resume)}
      {BUSY.has(state) && button(t('common.cancel'), cancel)}
    </div>
  );
}
