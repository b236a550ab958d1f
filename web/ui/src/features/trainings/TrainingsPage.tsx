/** Every training: what it is, how far it is, how it ended. */
import { Button, Progress } from '@mantine/core';
import { IconPlus, IconSchool } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getTrainings, type Training } from '~/api/loop';
import { NotFound } from '~/components/RouteStates';
import { Empty, Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { LoopHeading, useIsEngineer } from '~/features/models/LoopHeading';
import { isUnfinished, listInterval, methodOf, stateOf, TONES, taskOf } from './queries';

const PAGE = 30;

export function TrainingsPage() {
  const { t } = useTranslation('loop');
  useTitle(t('trainings'));
  return useIsEngineer() ? <List /> : <NotFound />;
}

function List() {
  const { t } = useTranslation('loop');
  const { t: common } = useTranslation();
  const trainings = useInfiniteQuery({
    queryKey: ['trainings', 'list'],
    queryFn: ({ pageParam }) => getTrainings(pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: ({ state }) =>
      listInterval(state.data?.pages.flatMap((page) => page.items) ?? []),
  });
  const rows = trainings.data?.pages.flatMap((page) => page.items) ?? [];
  const start = (
    <Button
      size="xs"
      component={Link}
      to="/trainings/new"
      leftSection={<IconPlus size={15} aria-hidden="true" />}
    >
      {t('training.new')}
    </Button>
  );
  return (
    <div className={classes.screen}>
      <LoopHeading shown="trainings">{start}</LoopHeading>
      <p className={classes.lead}>{t('training.lead')}</p>
      {trainings.error && !trainings.data ? (
        <Failed error={trainings.error} onRetry={() => void trainings.refetch()} />
      ) : !trainings.data ? (
        <Loading rows={5} height={60} />
      ) : rows.length === 0 ? (
        <Empty
          icon={<IconSchool size={26} stroke={1.6} />}
          title={t('training.empty')}
          text={t('training.emptyText')}
        />
      ) : (
        <ul className={classes.rows} aria-label={t('trainings')}>
          {rows.map((training) => (
            <Row key={training.id} training={training} />
          ))}
        </ul>
      )}
      {trainings.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={trainings.isFetchingNextPage}
          onClick={() => void trainings.fetchNextPage()}
        >
          {common('common.more')}
        </Button>
      )}
    </div>
  );
}

function Row({ training }: { training: Training }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const { done, total } = training.progress;
  const by = training.created_by === 'schedule' ? t('training.schedule') : training.created_by;
  return (
    <li className={classes.row}>
      <div className={classes.rowMain}>
        <span className={classes.rowTitle}>
          <Link to="/trainings/$id" params={{ id: String(training.id) }}>
            {t('training.title', { id: training.id })}
          </Link>
          <span className={classes.mark}>{t(`method.${methodOf(training)}`)}</span>
        </span>
        <div className={`${classes.meta} tabular`}>
          {[
            t(`task.${taskOf(training)}`),
            training.taxonomy,
            by,
            figures.dateTime(training.created_at),
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
        {isUnfinished(training) && total > 0 && (
          <Progress
            mt={6}
            size={5}
            maw={360}
            value={(100 * done) / total}
            aria-label={t('training.progress', { done, total })}
          />
        )}
        {training.error && <p className={classes.error}>{training.error.message}</p>}
      </div>
      {training.model && (
        <div className={classes.meta}>
          <Link to="/models/$name" params={{ name: training.model }}>
            {training.model}
          </Link>
        </div>
      )}
      <span className={classes.state} data-tone={TONES[training.state]}>
        {t(`state.${stateOf(training)}`)}
      </span>
    </li>
  );
}
