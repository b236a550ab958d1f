/** One training: progress, live curves, what it cost, what it learned from, what came of it. */
import { Button, Progress } from '@mantine/core';
import { IconChevronLeft, IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { cancelTraining, retryTraining, type TrainingDetail } from '~/api/loop';
import { notifyDone, notifyError } from '~/components/problem';
import { NotFound } from '~/components/RouteStates';
import { Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import { Chart } from '~/features/models/Chart';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { useIsEngineer } from '~/features/models/LoopHeading';
import { Facts, Part } from '~/features/models/Part';
import { type Dataset, DatasetFacts } from './DatasetFacts';
import { isUnfinished, methodOf, stateOf, TONES, taskOf, trainingQuery } from './queries';

export function TrainingPage() {
  const { id } = useParams({ from: '/app/trainings/$id' });
  const number = Number(id);
  const known = useIsEngineer() && Number.isInteger(number) && number > 0;
  return known ? <One id={number} /> : <NotFound />;
}

function One({ id }: { id: number }) {
  const { t } = useTranslation('loop');
  useTitle(t('training.title', { id }));
  const { data, error, refetch } = useQuery(trainingQuery(id));
  return (
    <div className={classes.screen}>
      <Link to="/trainings" className={classes.back}>
        <IconChevronLeft size={15} aria-hidden="true" />
        {t('trainings')}
      </Link>
      {data ? (
        <Shown training={data} />
      ) : error ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading rows={4} height={70} />
      )}
    </div>
  );
}

function Shown({ training }: { training: TrainingDetail }) {
  const { t } = useTranslation('loop');
  return (
    <>
      <div className={classes.top}>
        <h1 className={classes.heading}>{t('training.title', { id: training.id })}</h1>
        <span className={classes.mark}>{t(`method.${methodOf(training)}`)}</span>
        <div className={classes.right}>
          <Steering training={training} />
        </div>
      </div>
      <Standing training={training} />
      <Curves training={training} />
      <Part title={t('training.plan')}>
        <div className={classes.card}>
          <PlanFacts training={training} />
        </div>
      </Part>
      <Part title={t('training.examples')}>
        <div className={classes.card}>
          <DatasetFacts
            counts={training.counts as unknown as Dataset}
            taxonomy={training.taxonomy}
          />
        </div>
      </Part>
    </>
  );
}

function Steering({ training }: { training: TrainingDetail }) {
  const { t } = useTranslation('loop');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const after = {
    onError: (error: unknown) => notifyError(error, common),
    onSettled: () => client.invalidateQueries({ queryKey: ['trainings'] }),
  };
  const cancel = useMutation({
    mutationFn: () => cancelTraining(training.id),
    onSuccess: () => notifyDone(t('training.cancelled')),
    ...after,
  });
  const retry = useMutation({
    mutationFn: () => retryTraining(training.id),
    onSuccess: () => notifyDone(t('training.retried')),
    ...after,
  });
  if (isUnfinished(training)) {
    return (
      <Button
        size="xs"
        variant="default"
        loading={cancel.isPending}
        leftSection={<IconPlayerStop size={15} aria-hidden="true" />}
        onClick={() => cancel.mutate()}
      >
        {t('training.cancel')}
      </Button>
    );
  }
  if (training.state === 'done') return null;
  return (
    <Button
      size="xs"
      variant="default"
      loading={retry.isPending}
      leftSection={<IconRefresh size={15} aria-hidden="true" />}
      onClick={() => retry.mutate()}
    >
      {t('training.retry')}
    </Button>
  );
}

function Standing({ training }: { training: TrainingDetail }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const { done, total } = training.progress;
  const by = training.created_by === 'schedule' ? t('training.schedule') : training.created_by;
  const took =
    training.started_at && training.finished_at
      ? Date.parse(training.finished_at) - Date.parse(training.started_at)
      : null;
  const told = [
    by && t('training.by', { name: by }),
    figures.dateTime(training.created_at),
    took !== null && t('training.actual', { time: figures.duration(took) }),
  ];
  return (
    <div className={classes.card} data-tone={training.state === 'failed' ? 'bad' : undefined}>
      <p role="status">
        <span className={classes.state} data-tone={TONES[training.state]}>
          {t(`state.${stateOf(training)}`)}
        </span>{' '}
        <span className={`${classes.meta} tabular`}>{told.filter(Boolean).join(' · ')}</span>
      </p>
      {isUnfinished(training) && total > 0 && (
        <>
          <Progress
            size={6}
            value={(100 * done) / total}
            aria-label={t('training.progress', { done, total })}
          />
          <p className={`${classes.hint} tabular`}>{t('training.progress', { done, total })}</p>
        </>
      )}
      {training.attempt > 1 && (
        <p className={classes.hint}>{t('training.resumed', { attempt: training.attempt })}</p>
      )}
      {training.error && (
        <p>
          <strong>{t('training.failed')}</strong>
          <br />
          {training.error.message}
        </p>
      )}
      {training.model && (
        <p>
          <Link to="/models/$name" params={{ name: training.model }}>
            {t('training.openModel', { name: training.model })}
          </Link>
        </p>
      )}
    </div>
  );
}

type Point = TrainingDetail['points'][number];

/** Between two measurements the last figures are repeated: those are no points of a curve. */
function measuredAnew(point: Point, at: number, all: readonly Point[]): boolean {
  const before = all[at - 1];
  return !before || JSON.stringify(before.figures) !== JSON.stringify(point.figures);
}

const CURVES = ['loss', 'learning_rate', 'grad_norm'] as const;

function Curves({ training }: { training: TrainingDetail }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const shown = CURVES.map((key) => ({
    key,
    points: training.points
      .filter(measuredAnew)
      .filter((point) => key in point.figures)
      .map((point) => [point.step, point.figures[key] ?? 0] as const),
  })).filter((curve) => curve.points.length > 0);
  const text = training.method === 'head' ? t('training.noCurves') : t('training.waitCurves');
  return (
    <Part title={t('training.curves')}>
      {shown.length === 0 ? (
        <p className={classes.lead}>{text}</p>
      ) : (
        <div className={classes.columns}>
          {shown.map(({ key, points }) => {
            const [from, first] = points[0] ?? [0, 0];
            const [to, last] = points[points.length - 1] ?? [0, 0];
            const name = t(`metric.${key}`);
            return (
              <Chart
                key={key}
                lines={[{ name: `${name} · ${t('training.latest')} ${figures.any(last)}`, points }]}
                label={t('training.curveText', {
                  name,
                  from,
                  to,
                  first: figures.any(first),
                  last: figures.any(last),
                })}
                xName={t('training.step')}
                formatX={(value) => figures.number(Math.round(value))}
                formatY={figures.any}
              />
            );
          })}
        </div>
      )}
    </Part>
  );
}

interface Cost {
  seconds?: number;
  memory_mb?: number;
}

function PlanFacts({ training }: { training: TrainingDetail }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const plan = training.plan as Record<string, number | string | boolean>;
  const cost = training.estimate as Cost;
  const number = (name: string) => figures.any(Number(plan[name]));
  const items: [string, string][] = [
    [t('training.task'), t(`task.${taskOf(training)}`)],
    [t('training.method'), t(`method.${methodOf(training)}`)],
  ];
  if (training.taxonomy) items.push([t('training.taxonomy'), training.taxonomy]);
  if (training.method !== 'head') {
    items.push(
      [t('training.base'), String(plan.base)],
      [t('training.learningRate'), number('learning_rate')],
      [t('training.epochs'), number('epochs')],
      [t('training.batch'), number('batch_size')],
      [t('training.tokens'), number('max_tokens')],
    );
    if (training.method !== 'full') items.push([t('training.rank'), number('rank')]);
    if (plan.search) items.push([t('training.searchOn'), '✓']);
  }
  if (training.task === 'classifier') {
    items.push([t('training.wantedPrecision'), figures.share(Number(plan.wanted_precision))]);
  }
  if (cost.seconds !== undefined) {
    const memory = cost.memory_mb === undefined ? '' : ` · ${figures.mb(cost.memory_mb)}`;
    items.push([t('training.estimated'), figures.seconds(cost.seconds) + memory]);
  }
  return <Facts items={items} />;
}
