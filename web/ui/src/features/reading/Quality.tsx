/** How well a page was read, in a line of figures and the reasons in plain words. */
import { useTranslation } from 'react-i18next';
import type { PageInfo } from '~/api/types';
import classes from '~/features/reading/Reading.module.css';
import { useFormat } from '~/i18n/format';

export function Quality({ page }: { page: PageInfo }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { ledger } = page;
  const share = (value: number | null) => (value === null ? null : format.percent(value));
  const leftOut = (entry: string) => {
    const [kind, count] = entry.split(' ', 2);
    const words = { count: Number(count), defaultValue: entry };
    return t(`reading.left.${kind}` as 'reading.left.running', words);
  };
  const figures = [
    t('document.quality', { percent: format.percent(page.quality) }),
    page.source === 'ocr' ? t('document.ocr') : t('document.embeddedText'),
    ledger.engine,
    ledger.confidence !== null && t('reading.confidence', { percent: share(ledger.confidence) }),
    Boolean(ledger.unknown_glyphs) &&
      t('reading.unknown', { percent: share(ledger.unknown_glyphs) }),
    ledger.table_score !== null && t('reading.tables', { percent: share(ledger.table_score) }),
    ledger.reread_by && t('reading.rereadBy', { engine: ledger.reread_by }),
  ].filter(Boolean);
  return (
    <>
      <div className={`${classes.rowMeta} tabular`}>{figures.join(' · ')}</div>
      {(page.reasons.length > 0 || ledger.dropped.length > 0) && (
        <ul className={classes.reasons}>
          {page.reasons.map((reason) => (
            <li key={reason}>{t(`reading.reason.${reason}`)}</li>
          ))}
          {ledger.dropped.map((text) => (
            <li key={text}>{leftOut(text)}</li>
          ))}
        </ul>
      )}
    </>
  );
}
