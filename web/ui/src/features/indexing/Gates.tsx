/** The checks of a generation: what was measured and what it says. */
import { IconCheck, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Gate } from '~/api/indexing';
import classes from '~/features/indexing/Indexing.module.css';
import { useFormat } from '~/i18n/format';

export function Gates({ gates }: { gates: Gate[] }) {
  const { t } = useTranslation('indexing');
  return (
    <ul className={classes.gates} aria-label={t('checks')}>
      {gates.map((gate) => {
        const Icon = gate.passed ? IconCheck : IconX;
        return (
          <li key={gate.name} className={classes.gate}>
            <span>{t(`gate.${gate.name as 'count'}`)}</span>
            <span className={classes.verdict} data-failed={!gate.passed || undefined}>
              <Icon size={14} aria-hidden="true" />
              {t(gate.passed ? 'passed' : 'failed')}
            </span>
            <Figures gate={gate} />
          </li>
        );
      })}
    </ul>
  );
}

function Figures({ gate }: { gate: Gate }) {
  const { t } = useTranslation('indexing');
  const { figures } = gate;
  const format = useFormat();
  const number = (name: string) => {
    const value = figures[name];
    return typeof value === 'number' ? format.number(value) : '';
  };
  const told = {
    count: () => t('figures.count', { words: number('words'), sql: number('sql') }),
    'recall@10': () => t('figures.recall', { value: number('value'), wanted: number('wanted') }),
    golden: () =>
      figures.queries
        ? t('figures.golden', {
            queries: number('queries'),
            live: number('live'),
            new: number('new'),
          })
        : t('figures.noGolden'),
    p95: () =>
      figures.searches
        ? t('figures.p95', { live: number('live_ms'), new: number('new_ms') })
        : t('figures.noP95'),
  }[gate.name];
  return <span className={`${classes.figures} tabular`}>{told?.()}</span>;
}
