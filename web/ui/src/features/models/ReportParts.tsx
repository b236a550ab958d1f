/** The evaluation in full: simple methods, classes, confusion, abstaining, errors. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ModelDetail, Report } from '~/api/loop';
import { useSession } from '~/app/session';
import { Chart } from '~/features/models/Chart';
import { useFigures } from '~/features/models/figures';
import classes from '~/features/models/Loop.module.css';
import { useLabelName } from '~/features/models/labels';
import { Part, Wide } from '~/features/models/Part';

export function ReportParts({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('loop');
  const { report } = model;
  if (Object.keys(report).length === 0) {
    return <p className={classes.lead}>{t('model.noReport')}</p>;
  }
  return (
    <>
      <Baselines model={model} />
      <PerClass report={report} taxonomy={model.taxonomy} />
      <Confusion report={report} taxonomy={model.taxonomy} />
      <Abstain report={report} />
      {model.task === 'classifier' && <Errors report={report} taxonomy={model.taxonomy} />}
    </>
  );
}

const COMPARED = ['accuracy', 'macro_f1', 'rouge_l', 'ece', 'accepted_share'] as const;

function Baselines({ model }: { model: ModelDetail }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const ways = Object.entries(model.baselines);
  if (ways.length === 0) return null;
  const columns = COMPARED.filter((name) => name in model.metrics);
  const row = (key: string, name: string, found: Record<string, number>) => (
    <tr key={key} data-own={key === '' || undefined}>
      <th scope="row">{name}</th>
      {columns.map((column) => (
        <td key={column}>{figures.metric(column, found[column])}</td>
      ))}
    </tr>
  );
  return (
    <Part title={t('model.baselines')}>
      <Wide label={t('model.baselines')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('model.way')}</th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {t(`metric.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="tabular">
            {row('', t('baseline.this'), model.metrics)}
            {ways.map(([name, found]) => row(name, figures.way(name), found))}
          </tbody>
        </table>
      </Wide>
    </Part>
  );
}

interface Props {
  report: Report;
  taxonomy: string;
}

function PerClass({ report, taxonomy }: Props) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const label = useLabelName(taxonomy);
  const rows = report.per_class ?? [];
  if (rows.length === 0) return null;
  const columns = ['precision', 'recall', 'f1'] as const;
  return (
    <Part title={t('model.perClass')}>
      <Wide label={t('model.perClass')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('model.class')}</th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {t(`model.${column}`)}
                </th>
              ))}
              <th scope="col">{t('model.support')}</th>
            </tr>
          </thead>
          <tbody className="tabular">
            {rows.map((row) => (
              <tr key={row.label}>
                <th scope="row">{label(row.label)}</th>
                {columns.map((column) => (
                  <td key={column}>{figures.score(row[column])}</td>
                ))}
                <td>{figures.number(row.support)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Part>
  );
}

/** Strongest tint behind a number; text on it still reaches AA in both schemes. */
const MOST_TINT = 34;

function Confusion({ report, taxonomy }: Props) {
  const { t } = useTranslation('loop');
  const label = useLabelName(taxonomy);
  const { labels = [], confusion = [] } = report;
  if (confusion.length === 0) return null;
  return (
    <Part title={t('model.confusion')} lead={t('model.confusionText')}>
      <Wide label={t('model.confusion')}>
        <table className={`${classes.matrix} tabular`}>
          <thead>
            <tr>
              <td data-empty />
              {labels.map((name) => (
                <th key={name} scope="col">
                  {label(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {confusion.map((row, truth) => {
              const whole = row.reduce((sum, count) => sum + count, 0);
              const name = labels[truth] ?? String(truth);
              return (
                <tr key={name}>
                  <th scope="row">{label(name)}</th>
                  {row.map((count, said) => {
                    const tint = Math.round((MOST_TINT * count) / Math.max(whole, 1));
                    const colour = truth === said ? 'var(--zk-ok)' : 'var(--zk-bad)';
                    return (
                      <td
                        key={labels[said] ?? said}
                        data-empty={count === 0 || undefined}
                        style={{
                          background: `color-mix(in srgb, ${colour} ${tint}%, transparent)`,
                        }}
                      >
                        {count}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Wide>
    </Part>
  );
}

function Abstain({ report }: { report: Report }) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const points = report.abstain ?? [];
  if (points.length < 2) return null;
  const lead = t('model.abstainText', {
    wanted: figures.share(report.wanted_precision),
    threshold: figures.any(report.threshold),
  });
  return (
    <Part title={t('model.abstain')} lead={lead}>
      <Chart
        label={`${t('model.abstain')}. ${lead}`}
        lines={[
          {
            name: t('metric.accepted_precision'),
            points: points.map((point) => [point.threshold, point.precision]),
          },
          {
            name: t('metric.accepted_share'),
            points: points.map((point) => [point.threshold, point.accepted_share]),
          },
        ]}
        xName={t('metric.threshold')}
        formatX={figures.any}
        formatY={figures.percent}
        range={[0, 1]}
      />
    </Part>
  );
}

function Errors({ report, taxonomy }: Props) {
  const { t } = useTranslation('loop');
  const figures = useFigures();
  const label = useLabelName(taxonomy);
  const { user } = useSession();
  const { errors } = report;
  if (!errors || user?.role !== 'admin') {
    return user?.role === 'admin' ? null : (
      <Part title={t('model.errors')}>
        <p className={classes.lead}>{t('model.errorsHidden')}</p>
      </Part>
    );
  }
  const lead = errors.length > 0 ? t('model.errorsText') : t('model.noErrors');
  return (
    <Part title={t('model.errors')} lead={lead}>
      {errors.length > 0 && (
        <Wide label={t('model.errors')}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('model.document')}</th>
                <th scope="col" className={classes.text}>
                  {t('model.truth')}
                </th>
                <th scope="col" className={classes.text}>
                  {t('model.said')}
                </th>
                <th scope="col">{t('model.confidence')}</th>
              </tr>
            </thead>
            <tbody>
              {errors.map((error) => (
                <tr key={error.at}>
                  <td className={classes.text}>
                    {error.document ? (
                      <Link to="/documents/$id" params={{ id: String(error.document) }}>
                        {error.name}
                      </Link>
                    ) : (
                      error.name?.split('\n')[0] || t('model.imported')
                    )}
                    {error.excerpt && <span className={classes.excerpt}>{error.excerpt}</span>}
                  </td>
                  <td className={classes.text}>{label(error.truth)}</td>
                  <td className={classes.text} data-tone="bad">
                    {label(error.said)}
                  </td>
                  <td className="tabular">{figures.share(error.confidence)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </Part>
  );
}
