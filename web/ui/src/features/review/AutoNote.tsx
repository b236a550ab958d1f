/** When the model in service decides by itself: the wanted precision and what came of it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getModel, getModels } from '~/api/loop';
import { taxonomiesQuery } from '~/features/document/queries';
import { useIsEngineer } from '~/features/models/LoopHeading';
import classes from '~/features/review/Review.module.css';
import { useFormat } from '~/i18n/format';

export function AutoNote({ taxonomy }: { taxonomy: string | undefined }) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const engineer = useIsEngineer();
  const known = useQuery(taxonomiesQuery).data?.items[0]?.name;
  const models = useQuery({ queryKey: ['models', 'list'], queryFn: getModels });
  const name = taxonomy ?? known;
  const serving = models.data?.items.find(
    (one) => one.task === 'classifier' && one.taxonomy === name && one.aliases.includes('champion'),
  );
  const { data } = useQuery({
    queryKey: ['models', 'one', serving?.name],
    queryFn: () => getModel(serving?.name ?? ''),
    enabled: serving !== undefined,
    staleTime: 300_000,
  });
  if (!models.data || (serving && !data)) return null;
  const { wanted_precision: wanted, threshold } = data?.report ?? {};
  const { accepted_share: share = 0, accepted_precision: precision } = serving?.metrics ?? {};
  return (
    <section className={classes.auto} aria-label={t('auto.title')}>
      <h3>{t('auto.title')}</h3>
      {serving && wanted !== undefined && threshold !== undefined ? (
        <>
          <p className="tabular">
            {t('auto.model', {
              precision: format.percent(wanted),
              model: serving.name,
              threshold: format.percent(threshold),
            })}
          </p>
          <p className="tabular">
            {share > 0 && precision !== undefined
              ? t('auto.measured', {
                  share: format.percent(share),
                  precision: format.percent(precision),
                })
              : t('auto.measuredNone')}
          </p>
        </>
      ) : (
        <p>{t('auto.builtIn')}</p>
      )}
      {engineer && <Link to="/trainings/new">{t(serving ? 'auto.change' : 'auto.train')}</Link>}
    </section>
  );
}
