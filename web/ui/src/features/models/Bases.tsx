/** Language models in the store that a fine-tuning may stand on. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Base } from '~/api/loop';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { Part } from '~/features/models/Part';
import { basesQuery } from '~/features/trainings/queries';

/** Every precision asks for another size; these three tell most. */
const PRECISIONS = ['float32', 'bfloat16', 'int4'] as const;

export function Bases() {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const { data } = useQuery(basesQuery);
  if (!data) return null;
  const free = figures.mb(data.available_mb);
  return (
    <Part
      title={t('model.bases')}
      lead={data.items.length > 0 ? t('model.basesText', { free }) : t('model.basesNone')}
    >
      {data.items.length > 0 && (
        <ul className={classes.rows} aria-label={t('model.bases')}>
          {data.items.map((base) => (
            <Row key={base.name} base={base} />
          ))}
        </ul>
      )}
    </Part>
  );
}

function Row({ base }: { base: Base }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const licence = base.licence === 'unknown' ? t('model.licenceUnknown') : base.licence;
  return (
    <li className={classes.row}>
      <div className={classes.rowMain}>
        <strong>{base.name}</strong>
        <div className={`${classes.meta} tabular`}>
          {[
            t('model.parameters', { count: figures.compact(base.parameters) }),
            t('model.context', { tokens: figures.number(base.context_tokens) }),
            `${t('model.licence')}: ${licence}`,
            base.architecture,
          ].join(' · ')}
        </div>
        <div className={`${classes.meta} tabular`}>
          {t('model.need')}:{' '}
          {PRECISIONS.filter((name) => name in base.memory_mb)
            .map((name) => {
              const fits = base.fits[name] ? t('model.fits') : t('model.fitsNot');
              return `${name} ${figures.mb(base.memory_mb[name] ?? 0)} (${fits})`;
            })
            .join(' · ')}
        </div>
      </div>
    </li>
  );
}
