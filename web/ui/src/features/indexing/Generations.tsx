/** Index generations: built beside the one in service, checked, then swapped. */
import { Badge, Button, Code, Progress, Text } from '@mantine/core';
import { IconArrowBackUp, IconDatabaseSearch, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  activateGeneration,
  cancelGeneration,
  type Generation,
  getGenerations,
  pauseGeneration,
  resumeGeneration,
  rollBack,
} from '~/api/indexing';
import { POLL_MS } from '~/app/events';
import { Empty, Failed, Loading } from '~/components/States';
import { BuildDialog } from '~/features/indexing/BuildDialog';
import { Compare } from '~/features/indexing/Compare';
import { Dialog } from '~/features/indexing/Dialog';
import { Gates } from '~/features/indexing/Gates';
import classes from '~/features/indexing/Indexing.module.css';
import { kindOf, secondsLeft } from '~/features/indexing/pace';
import { KEYS, useChange } from '~/features/indexing/useChange';
import { Section } from '~/features/settings/Section';
import settings from '~/features/settings/Settings.module.css';
import { useFormat } from '~/i18n/format';

const BUSY = new Set(['building', 'paused']);

export function Generations() {
  const { t } = useTranslation('indexing');
  const [asking, setAsking] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: KEYS.generations,
    queryFn: getGenerations,
    refetchInterval: (query) =>
      query.state.data?.items.some((one) => one.state === 'building') ? POLL_MS : false,
  });
  if (error && !data) return <Failed error={error} onRetry={() => void refetch()} />;
  const generations = [...(data?.items ?? [])].reverse();
  return (
    <Section
      title={t('index')}
      lead={t('lead')}
      action={
        <Button
          size="xs"
          disabled={!data || generations.some((one) => BUSY.has(one.state))}
          leftSection={<IconRefresh size={15} aria-hidden="true" />}
          onClick={() => setAsking(true)}
        >
          {t('build')}
        </Button>
      }
    >
      {!data && <Loading rows={3} />}
      {data && generations.length === 0 && (
        <Empty
          icon={<IconDatabaseSearch size={26} stroke={1.6} />}
          title={t('empty')}
          text={t('emptyText')}
        />
      )}
      <ul className={settings.rows} aria-label={t('index')}>
        {generations.map((one) => (
          <Row key={one.id} generation={one} />
        ))}
      </ul>
      {asking && <BuildDialog onClose={() => setAsking(false)} />}
    </Section>
  );
}

function Row({ generation }: { generation: Generation }) {
  const { t } = useTranslation('indexing');
  const format = useFormat();
  const { id, state } = generation;
  const [comparing, setComparing] = useState(false);
  const compares = generation.gates?.some((gate) => gate.name === 'golden' && gate.figures.queries);
  return (
    <li className={classes.generation}>
      <div className={classes.head}>
        <span className={classes.name}>{t('generation', { id })}</span>
        <Badge
          className={settings.state ?? ''}
          data-live={state === 'live' || undefined}
          variant="outline"
          color="gray"
        >
          {t(`state.${state as 'live'}`)}
        </Badge>
        <Buttons generation={generation} />
      </div>
      <div className={`${classes.facts} tabular`}>
        {[
          generation.collection && t('only', { name: generation.collection.name }),
          t('passages', {
            count: generation.passages,
            shown: format.number(generation.passages),
          }),
          t('createdAt', { when: format.dateTime(generation.created_at) }),
          generation.activated_at &&
            t('activatedAt', { when: format.dateTime(generation.activated_at) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
      <Code bg="transparent" c="dimmed" px={0}>
        {generation.embedder}
      </Code>
      {generation.progress && <Building generation={generation} />}
      {generation.outdated && generation.state === 'live' && (
        <p className={classes.refused}>{t('outdated')}</p>
      )}
      {generation.refused && <p className={classes.refused}>{generation.refused}</p>}
      {generation.gates && <Gates gates={generation.gates} />}
      {compares && (
        <Button size="compact-xs" variant="default" mt={8} onClick={() => setComparing(true)}>
          {t('compare')}
        </Button>
      )}
      {comparing && <Compare id={id} onClose={() => setComparing(false)} />}
    </li>
  );
}

function Building({ generation }: { generation: Generation }) {
  const { t, i18n } = useTranslation('indexing');
  const format = useFormat();
  const { progress, pace, id } = generation;
  if (!progress) return null;
  const left = secondsLeft(generation);
  const done = t('progress', {
    done: format.number(progress.done),
    total: format.number(progress.total),
  });
  const minutes = (seconds: number) =>
    new Intl.NumberFormat(i18n.language, {
      style: 'unit',
      unit: seconds < 90 ? 'second' : 'minute',
      maximumFractionDigits: 0,
    }).format(seconds < 90 ? seconds : seconds / 60);
  return (
    <>
      <Progress
        mt={8}
        size={6}
        value={progress.total > 0 ? (100 * progress.done) / progress.total : 0}
        aria-label={`${t('generation', { id })}: ${done}`}
      />
      <div className={`${classes.facts} tabular`}>
        {[
          done,
          pace &&
            pace.passages_per_second > 0 &&
            t('speed', { rate: format.number(Math.round(pace.passages_per_second * pace.share)) }),
          left !== null && t('left', { time: minutes(left) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
      {pace && generation.state === 'building' && (
        <div className={`${classes.facts} tabular`}>
          {t(kindOf(pace), {
            share: format.percent(pace.share),
            now: format.number(Math.round(pace.now_ms ?? 0)),
            target: format.number(Math.round(pace.target_ms)),
          })}
        </div>
      )}
    </>
  );
}

function Buttons({ generation }: { generation: Generation }) {
  const { t } = useTranslation('indexing');
  const { t: common } = useTranslation();
  const { id, state } = generation;
  const [sure, setSure] = useState(false);
  const activate = useChange(() => activateGeneration(id), t('activated', { id }));
  const back = useChange(rollBack, t('rolledBack', { id }));
  const anyway = useChange(() => activateGeneration(id, true), t('activated', { id }));
  const pause = useChange(() => pauseGeneration(id), t('paused'));
  const resume = useChange(() => resumeGeneration(id), t('resumed'));
  const cancel = useChange(() => cancelGeneration(id), t('cancelled'));
  const button = (label: string, change: typeof activate | typeof cancel) => (
    <Button size="xs" variant="default" loading={change.isPending} onClick={() => change.mutate()}>
      {label}
    </Button>
  );
  return (
    <div className={classes.buttons}>
      {state === 'ready' && button(t('activate'), activate)}
      {state === 'previous' && (
        <Button
          size="xs"
          variant="default"
          loading={back.isPending}
          leftSection={<IconArrowBackUp size={15} aria-hidden="true" />}
          onClick={() => back.mutate()}
        >
          {t('rollBack', { id })}
        </Button>
      )}
      {state === 'building' && button(t('pause'), pause)}
      {state === 'paused' && button(t('resume'), resume)}
      {BUSY.has(state) && button(common('common.cancel'), cancel)}
      {state === 'refused' && (
        <Button size="xs" variant="default" onClick={() => setSure(true)}>
          {t('anyway')}
        </Button>
      )}
      <Dialog opened={sure} onClose={() => setSure(false)} title={t('anyway')}>
        <Text mb="md">{t('anywayText', { id })}</Text>
        <Button
          loading={anyway.isPending}
          onClick={() => anyway.mutate(undefined, { onSuccess: () => setSure(false) })}
        >
          {t('anyway')}
        </Button>
      </Dialog>
    </div>
  );
}
