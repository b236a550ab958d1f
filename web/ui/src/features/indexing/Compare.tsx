/** What the live and a new generation answer to the same queries. */
import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getGeneration, type SideBySide } from '~/api/indexing';
import { Failed, Loading } from '~/components/States';
import { Dialog } from '~/features/indexing/Dialog';
import classes from '~/features/indexing/Indexing.module.css';

export function Compare({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation('indexing');
  const { data, error, refetch } = useQuery({
    queryKey: ['generations', id],
    queryFn: () => getGeneration(id),
  });
  return (
    <Dialog opened onClose={onClose} size="xl" title={t('compareTitle', { id })}>
      <p className={classes.none}>{t('compareLead')}</p>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading rows={5} />}
      {data && (
        <div className={classes.tableBox}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('query')}</th>
                <th scope="col">{t('before')}</th>
                <th scope="col">{t('after')}</th>
              </tr>
            </thead>
            <tbody>
              {(data.side_by_side ?? []).map((pair) => (
                <Pair key={`${pair.kept} ${pair.query}`} pair={pair} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Dialog>
  );
}

const LAST = 1_000;
const rank = (place: number | null) => place ?? LAST;

function Pair({ pair }: { pair: SideBySide }) {
  const { t } = useTranslation('indexing');
  const worse = rank(pair.new_rank) > rank(pair.live_rank);
  const side = (place: number | null, documents: SideBySide['live']) => (
    <>
      <strong>{place ?? t('notFound')}</strong> {documents.map((one) => one.name).join(' · ')}
    </>
  );
  return (
    <tr>
      <th scope="row">
        {pair.query}{' '}
        {pair.kept && (
          <Badge size="xs" variant="outline" color="gray">
            {t('kept')}
          </Badge>
        )}
      </th>
      <td>{side(pair.live_rank, pair.live)}</td>
      <td className={worse ? classes.worse : undefined}>{side(pair.new_rank, pair.new)}</td>
    </tr>
  );
}
