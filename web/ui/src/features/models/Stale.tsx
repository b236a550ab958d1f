/** Categories that an older model gave, and giving them anew in bulk. */
import { Button, NativeSelect, Progress } from '@mantine/core';
import {
  keepPreviousData,
  type UseMutationResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getRedos, getStale, type Redo, startRedo, steerRedo } from '~/api/loop';
import { notifyDone, notifyError } from '~/components/problem';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { Part } from '~/features/models/Part';

const POLL = 1500;
const RATES = [0, 10, 60, 300];
const goesOn = (redo: Redo | undefined) => redo?.state === 'running' || redo?.state === 'paused';

export function Stale({ engineer }: { engineer: boolean }) {
  const { t } = useTranslation('loop');
  const redos = useQuery({
    queryKey: ['models', 'redos'],
    queryFn: getRedos,
    enabled: engineer,
    refetchInterval: ({ state }) => (goesOn(state.data?.items[0]) ? POLL : false),
  });
  const newest = redos.data?.items[0];
  const stale = useQuery({
    // Asked again whenever redoing got further, and once more when it ended.
    queryKey: ['models', 'stale', newest?.state ?? '', newest?.done ?? 0],
    queryFn: getStale,
    placeholderData: keepPreviousData,
  });
  if (!stale.data || stale.data.documents === 0) return null;
  const { stale: count, documents: total } = stale.data;
  const text = count === 0 ? t('model.staleNone') : t('model.staleText', { count, total });
  return (
    <Part title={t('model.stale')}>
      <div className={classes.card}>
        <p role="status">{text}</p>
        {engineer && count > 0 && !goesOn(newest) && <Start />}
        {newest && (goesOn(newest) || count > 0 || newest.failed > 0) && <Standing redo={newest} />}
      </div>
    </Part>
  );
}

/** A change to redoing: the list is asked again whatever came of it. */
function useRedoChange<Given>(
  call: (given: Given) => Promise<unknown>,
  done?: string,
): UseMutationResult<unknown, Error, Given> {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: () => done && notifyDone(done),
    onError: (error) => notifyError(error, t),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}

function Start() {
  const { t } = useTranslation('loop');
  const [rate, setRate] = useState(0);
  const start = useRedoChange(startRedo, t('model.redoStarted'));
  return (
    <div className={classes.buttons}>
      <Button size="xs" loading={start.isPending} onClick={() => start.mutate(rate)}>
        {t('model.redo')}
      </Button>
      <NativeSelect
        size="xs"
        aria-label={t('model.redoRate')}
        value={String(rate)}
        onChange={(event) => setRate(Number(event.currentTarget.value))}
        data={RATES.map((count) => ({
          value: String(count),
          label: count === 0 ? t('model.redoFast') : t('model.redoPer', { count }),
        }))}
      />
    </div>
  );
}

type RedoState = 'running' | 'paused' | 'done' | 'cancelled' | 'failed';

function Standing({ redo }: { redo: Redo }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const steer = useRedoChange((what: 'pause' | 'resume' | 'cancel') => steerRedo(redo.id, what));
  const { done, failed, total, state } = redo;
  const button = (what: 'pause' | 'resume' | 'cancel', label: string) => (
    <Button
      size="xs"
      variant="default"
      loading={steer.isPending && steer.variables === what}
      onClick={() => steer.mutate(what)}
    >
      {label}
    </Button>
  );
  const progress = t('model.redoProgress', { done, total });
  return (
    <>
      {goesOn(redo) && total > 0 && (
        <Progress
          mt={8}
          mb={6}
          size={6}
          value={(100 * (done + failed)) / total}
          aria-label={progress}
        />
      )}
      <p className={`${classes.hint} tabular`}>
        {[
          t(`model.redoState.${state as RedoState}`),
          progress,
          failed > 0 && t('model.redoFailed', { count: failed }),
          redo.per_minute > 0 && t('model.redoPer', { count: redo.per_minute }),
          redo.created_by,
          figures.dateTime(redo.finished_at ?? redo.created_at),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {goesOn(redo) && (
        <div className={classes.buttons}>
          {state === 'running' && button('pause', t('model.pause'))}
          {state === 'paused' && button('resume', t('model.resume'))}
          {button('cancel', t('model.cancelRedo'))}
        </div>
      )}
    </>
  );
}
