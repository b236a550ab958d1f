/** What a training will take, and what it will learn from. */
import { useTranslation } from 'react-i18next';
import type { Estimate } from '~/api/loop';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { Facts } from '~/features/models/Part';
import { type Dataset, DatasetFacts } from './DatasetFacts';

export function EstimateCard({ cost, taxonomy }: { cost: Estimate; taxonomy: string }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const counts = {
    splits: cost.examples,
    labels: cost.labels,
    origins: cost.origins,
    left_out: cost.left_out,
  } as Dataset;
  return (
    <section className={classes.card} aria-label={t('training.estimated')}>
      <Facts
        items={[
          [t('training.time'), figures.seconds(cost.seconds)],
          [t('training.memory'), figures.mb(cost.memory_mb)],
        ]}
      />
      <p className={cost.fits ? classes.hint : classes.error}>
        {cost.fits ? t('training.fits') : t('training.fitsNot')}
        {' · '}
        {t('training.basis')}: {cost.basis}
      </p>
      <DatasetFacts counts={counts} taxonomy={taxonomy} />
    </section>
  );
}
