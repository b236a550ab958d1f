/** What a training learns from: by split, by label, by where it comes from, what is left out. */
import { useTranslation } from 'react-i18next';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { useLabelName } from '~/features/models/labels';
import { Facts } from '~/features/models/Part';

export interface Dataset {
  splits?: Record<string, number>;
  labels?: Record<string, number>;
  origins?: Record<string, number>;
  left_out?: { reason: string; reason_zh: string; count: number }[];
}

const SPLITS = ['train', 'validation', 'test'] as const;
const ORIGINS = ['correction', 'confirmation', 'import'] as const;

export function DatasetFacts({ counts, taxonomy }: { counts: Dataset; taxonomy: string }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const label = useLabelName(taxonomy);
  const { splits = {}, labels = {}, origins = {}, left_out = [] } = counts;
  const chinese = figures.locale.startsWith('zh');
  return (
    <>
      <Facts
        items={[
          ...SPLITS.map((name) => [t(`split.${name}`), figures.number(splits[name] ?? 0)] as const),
          ...ORIGINS.filter((name) => origins[name]).map(
            (name) => [t(`origin.${name}`), figures.number(origins[name] ?? 0)] as const,
          ),
        ]}
      />
      {Object.keys(labels).length > 0 && (
        <p className={`${classes.hint} tabular`}>
          {Object.entries(labels)
            .sort(([, one], [, other]) => other - one)
            .map(([name, count]) => `${label(name)} ${figures.number(count)}`)
            .join(' · ')}
        </p>
      )}
      {left_out.length > 0 && (
        <p className={classes.hint}>
          {t('training.leftOut')}:{' '}
          {left_out
            .map((one) => `${chinese ? one.reason_zh : one.reason} (${figures.number(one.count)})`)
            .join(' · ')}
        </p>
      )}
    </>
  );
}
