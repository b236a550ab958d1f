/** Figures of models in the reader's language; what is missing is a dash, never a zero. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';

const NONE = '–';
const SHARES = new Set([
  'accuracy',
  'ece',
  'accepted_share',
  'accepted_precision',
  'trainable_share',
  'agreement',
]);

export function formatShare(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: Math.abs(value) < 0.1 ? 2 : 1,
  }).format(value);
}

export function formatScore(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
  }).format(value);
}

export function formatDifference(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
    signDisplay: 'exceptZero',
  }).format(value);
}

/** 1_300_000_000 as "1.3B" or "13亿". */
export function formatCompact(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(
    value,
  );
}

/** A figure that spans sizes, such as a learning rate: "3e-5" below a thousandth. */
export function formatAny(value: number, locale: string): string {
  if (value !== 0 && Math.abs(value) < 0.001) {
    return value.toExponential(1).replace(/\.0e/, 'e');
  }
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 }).format(value);
}

type Value = number | null | undefined;

export function useFigures() {
  const { t } = useTranslation('loop');
  const format = useFormat();
  const { locale } = format;
  const given = (value: Value, how: (value: number, locale: string) => string) =>
    value === null || value === undefined ? NONE : how(value, locale);
  const mb = (value: number) => format.bytes(value * 1e6);
  return {
    ...format,
    share: (value: Value) => given(value, formatShare),
    score: (value: Value) => given(value, formatScore),
    difference: (value: Value) => given(value, formatDifference),
    compact: (value: Value) => given(value, formatCompact),
    any: (value: Value) => given(value, formatAny),
    seconds: (value: Value) => given(value, (seconds) => format.duration(seconds * 1000)),
    mb: (value: Value) => given(value, mb),
    /** A figure of `metrics`, by its name. */
    metric: (name: string, value: Value) => {
      if (SHARES.has(name)) return given(value, formatShare);
      if (name === 'train_seconds') return given(value, (s) => format.duration(s * 1000));
      if (name === 'latency_ms') return given(value, (ms) => format.duration(ms));
      if (name.endsWith('_mb')) return given(value, mb);
      if (name === 'documents') return given(value, (count) => format.number(count));
      return given(value, formatScore);
    },
    /** A method that a model is compared with. */
    way: (name: string) => {
      if (name === 'built-in') return t('baseline.builtIn');
      const known = ['tfidf_lr', 'embeddings_lr', 'gradient_boosting'] as const;
      const found = known.find((one) => one === name);
      return found ? t(`baseline.${found}`) : name;
    },
  };
}
