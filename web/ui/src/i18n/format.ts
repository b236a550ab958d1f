/** Numbers, dates, sizes and names in the reader's language. */
import { useTranslation } from 'react-i18next';
import type { CategoryName } from '~/api/types';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function formatBytes(bytes: number, locale: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}

export function formatPercent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(
    share,
  );
}

export function formatNumber(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

export function formatDateTime(iso: string, locale: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** Today as a time, this year as month and day, earlier as a full date. */
export function formatWhen(iso: string, locale: string, now = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  if (date.toDateString() === now.toDateString()) {
    return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(date);
  }
  const sameYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date);
}

export function formatLanguage(tag: string | null, locale: string): string {
  if (!tag || tag === 'und') return '';
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function categoryLabel(category: CategoryName | null, locale: string): string {
  if (!category?.name) return '';
  const own = locale.startsWith('zh') ? category.name_zh : category.name_en;
  return own || category.name_zh || category.name_en || category.name;
}

export function useFormat() {
  const { i18n, t } = useTranslation();
  const locale = i18n.language;
  return {
    locale,
    bytes: (value: number) => formatBytes(value, locale),
    percent: (value: number) => formatPercent(value, locale),
    number: (value: number) => formatNumber(value, locale),
    dateTime: (iso: string) => formatDateTime(iso, locale),
    when: (iso: string) => formatWhen(iso, locale),
    language: (tag: string | null) => formatLanguage(tag, locale),
    category: (category: CategoryName | null) => categoryLabel(category, locale),
    duration: (ms: number) => {
      if (ms < 1000) return t('format.ms', { count: Math.round(ms) });
      if (ms < 60_000) return t('format.seconds', { count: Math.round(ms / 100) / 10 });
      const minutes = t('format.minutes', { count: Math.floor(ms / 60_000) });
      return `${minutes} ${t('format.seconds', { count: Math.round((ms % 60_000) / 1000) })}`;
    },
  };
}
