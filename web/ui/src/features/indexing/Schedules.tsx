/** What recurs, when it runs next, and what became of the last run. */
import { ActionIcon, Button, NativeSelect, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  addSchedule,
  type Flip,
  getSchedules,
  type Missed,
  removeSchedule,
  type Schedule,
} from '~/api/indexing';
import { Failed, Loading } from '~/components/States';
import { Dialog } from '~/features/indexing/Dialog';
import { FlipField, ScopeField } from '~/features/indexing/fields';
import classes from '~/features/indexing/Indexing.module.css';
import { KEYS, useChange } from '~/features/indexing/useChange';
import { Section } from '~/features/settings/Section';
import settings from '~/features/settings/Settings.module.css';

/** A moment by the clock of the schedule's own zone. */
function useMoment() {
  const { i18n } = useTranslation();
  return (iso: string, zone: string) =>
    new Intl.DateTimeFormat(i18n.language, {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: zone || undefined,
    }).format(new Date(iso)) + (zone ? ` (${zone})` : '');
}

export function Schedules() {
  const { t } = useTranslation('indexing');
  const [asking, setAsking] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: KEYS.schedules, queryFn: getSchedules });
  return (
    <Section
      title={t('schedules')}
      lead={t('schedulesLead')}
      action={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={15} aria-hidden="true" />}
          onClick={() => setAsking(true)}
        >
          {t('addSchedule')}
        </Button>
      }
    >
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading rows={2} />}
      {data?.items.length === 0 && <p className={classes.none}>{t('noSchedules')}</p>}
      <ul className={settings.rows} aria-label={t('schedules')}>
        {data?.items.map((one) => (
          <Row key={one.id} schedule={one} />
        ))}
      </ul>
      {asking && <AddDialog onClose={() => setAsking(false)} />}
    </Section>
  );
}

function Row({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation('indexing');
  const moment = useMoment();
  const { id, cron, time_zone: zone, runs } = schedule;
  const remove = useChange(() => removeSchedule(id), t('scheduleRemoved'), KEYS.schedules);
  const last = runs[0];
  return (
    <li className={settings.row}>
      <div className={settings.rowMain}>
        <span className={settings.rowTitle}>{t(`actions.${schedule.action as 'reindex'}`)}</span>
        <span className={`${settings.other} tabular`}>{cron}</span>
        <div className={`${settings.rowMeta} tabular`}>
          {[
            t('nextRun', { when: moment(schedule.next_run, zone) }),
            schedule.collection && t('only', { name: schedule.collection.name }),
            `${t('missed')}: ${t(`misses.${schedule.missed}`)}`,
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
        {last && (
          <div className={`${settings.rowMeta} tabular`}>
            {[
              `${moment(last.slot, zone)}: ${t(`outcome.${last.outcome as 'started'}`)}`,
              last.started !== null && t('startedId', { id: last.started }),
              last.missed && t('missedCount', { count: last.missed }),
              last.reason,
            ]
              .filter(Boolean)
              .join(' ')}
          </div>
        )}
      </div>
      <Tooltip label={t('removeSchedule', { id })}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('removeSchedule', { id })}
          loading={remove.isPending}
          onClick={() => remove.mutate()}
        >
          <IconTrash size={17} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function AddDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('indexing');
  const moment = useMoment();
  const [action, setAction] = useState<'reindex' | 'train'>('reindex');
  const [cron, setCron] = useState('0 2 * * *');
  const [zone, setZone] = useState(HERE);
  const [missed, setMissed] = useState<Missed>('once');
  const [collection, setCollection] = useState<number | null>(null);
  const [flip, setFlip] = useState<Flip>('automatic');
  const reindexes = action === 'reindex';
  const add = useChange(
    () =>
      addSchedule({
        action,
        cron,
        time_zone: zone,
        missed,
        collection: reindexes ? collection : null,
        flip: reindexes ? flip : 'automatic',
      }),
    (made) => t('scheduleAdded', { when: moment(made.next_run, made.time_zone) }),
    KEYS.schedules,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={t('addSchedule')} size="lg">
      <form onSubmit={submit}>
        <div className={classes.form}>
          <NativeSelect
            label={t('action')}
            value={action}
            onChange={(event) => setAction(event.currentTarget.value as typeof action)}
            data={(['reindex', 'train'] as const).map((each) => ({
              value: each,
              label: t(`actions.${each}`),
            }))}
          />
          <NativeSelect
            label={t('missed')}
            value={missed}
            onChange={(event) => setMissed(event.currentTarget.value as Missed)}
            data={(['once', 'skip'] as const).map((each) => ({
              value: each,
              label: t(`misses.${each}`),
            }))}
          />
          <TextInput
            label={t('cron')}
            description={t('cronHint')}
            value={cron}
            required
            onChange={(event) => setCron(event.currentTarget.value)}
          />
          <TextInput
            label={t('zone')}
            description="Asia/Shanghai, Europe/Berlin…"
            value={zone}
            list="zones"
            required
            onChange={(event) => setZone(event.currentTarget.value)}
          />
          <datalist id="zones">
            {Intl.supportedValuesOf('timeZone').map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
          {reindexes && <ScopeField value={collection} onChange={setCollection} />}
          {reindexes && <FlipField value={flip} onChange={setFlip} />}
        </div>
        <Button type="submit" loading={add.isPending}>
          {t('addSchedule')}
        </Button>
      </form>
    </Dialog>
  );
}
