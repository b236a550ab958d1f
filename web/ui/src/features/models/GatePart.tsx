/** The gate's verdict: may it serve, why not, and every difference to who serves. */
import { useTranslation } from 'react-i18next';
import type { ModelDetail, Verdict } from '~/api/loop';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { useLabelName } from '~/features/models/labels';
import { Part, Wide } from '~/features/models/Part';

type Metric = 'macro_f1' | 'accuracy' | 'rouge_l';

export function GatePart({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const { gate } = model;
  if (!gate) {
    return (
      <Part title={t('model.gate')}>
        <p className={classes.lead}>{t('model.notJudged')}</p>
      </Part>
    );
  }
  const { margins, passed, reasons } = gate;
  const chinese = figures.locale.startsWith('zh');
  return (
    <Part title={t('model.gate')}>
      <div className={classes.card} data-tone={passed ? 'ok' : 'bad'}>
        <p>
          <strong>{passed ? t('model.passed') : t('model.refused')}</strong>
        </p>
        {reasons.length > 0 && (
          <ul aria-label={t('model.reasons')}>
            {reasons.map((reason) => (
              <li key={reason.en}>{chinese ? reason.zh : reason.en}</li>
            ))}
          </ul>
        )}
        <p className={classes.meta}>
          {gate.against && `${t('model.against', { name: figures.way(gate.against) })} · `}
          {t('model.margins', {
            overall: figures.score(margins.overall),
            each: figures.score(margins.of_class),
          })}
        </p>
      </div>
      <Differences gate={gate} taxonomy={model.taxonomy} name={model.name} />
    </Part>
  );
}

interface Props {
  gate: Verdict;
  taxonomy: string;
  name: string;
}

function Differences({ gate, taxonomy, name }: Props) {
  const { t } = useTranslation('loop');
  const label = useLabelName(taxonomy);
  const rows = [
    ...Object.entries(gate.overall).map(([metric, figures]) => ({
      key: metric,
      name: t(`metric.${metric as Metric}`),
      support: null,
      before: figures.serving ?? null,
      now: figures.challenger,
      difference: figures.difference ?? null,
      margin: gate.margins.overall,
    })),
    ...gate.classes.map((one) => ({
      key: `class ${one.label}`,
      name: `F1 · ${label(one.label)}`,
      support: one.support,
      before: one.serving,
      now: one.challenger,
      difference: one.difference,
      margin: gate.margins.of_class,
    })),
  ];
  if (!gate.against || rows.every((row) => row.difference === null)) return null;
  return (
    <div style={{ marginTop: 12 }}>
      <Wide label={t('model.gate')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('model.figure')}</th>
              <th scope="col">{t('model.support')}</th>
              <th scope="col">{t('model.before')}</th>
              <th scope="col">{name}</th>
              <th scope="col">{t('model.difference')}</th>
            </tr>
          </thead>
          <tbody className="tabular">
            {rows.map((row) => (
              <DifferenceRow key={row.key} row={row} />
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  );
}

interface Difference {
  name: string;
  support: number | null;
  before: number | null;
  now: number;
  difference: number | null;
  margin: number;
}

function DifferenceRow({ row }: { row: Difference }) {
  const figures = useFigures();
  const { difference } = row;
  const tone =
    difference === null ? undefined : difference > 0 ? 'ok' : -difference > row.margin ? 'bad' : '';
  return (
    <tr data-own={row.support === null || undefined}>
      <th scope="row">{row.name}</th>
      <td>{row.support === null ? '' : figures.number(row.support)}</td>
      <td>{figures.score(row.before)}</td>
      <td>{figures.score(row.now)}</td>
      <td data-tone={tone || undefined}>{figures.difference(difference)}</td>
    </tr>
  );
}
