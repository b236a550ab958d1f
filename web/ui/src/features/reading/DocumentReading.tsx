/** On the document page: what it came out of, what came out of it, how its pages were read. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DocumentDetail } from '~/api/types';
import { FileIcon } from '~/components/FileIcon';
import { StatusMark } from '~/components/Status';
import { Quality } from '~/features/reading/Quality';
import classes from '~/features/reading/Reading.module.css';

const MOST_PAGES = 30;
/** A page at least as good as this is not worth a line. */
const GOOD = 0.95;

export function Family({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const { parent, children } = document;
  if (!parent && children.length === 0) return null;
  const line = (one: (typeof children)[number]) => (
    <li key={one.id} className={classes.row}>
      <FileIcon format={one.format} />
      <span className={`${classes.rowMain} ${classes.rowTitle} ellipsis`}>
        <Link to="/documents/$id" params={{ id: String(one.id) }}>
          {one.name}
        </Link>
      </span>
      <StatusMark status={one.status} />
    </li>
  );
  return (
    <>
      {parent && (
        <section>
          <h2>{t('reading.parent')}</h2>
          <ul className={classes.rows}>{line(parent)}</ul>
        </section>
      )}
      {children.length > 0 && (
        <section>
          <h2>{t('reading.children', { count: children.length })}</h2>
          <ul className={classes.rows}>{children.map(line)}</ul>
        </section>
      )}
    </>
  );
}

export function Ledger({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const doubtful = document.page_list
    .filter((page) => page.quality < GOOD || page.reasons.length > 0)
    .sort((one, other) => one.quality - other.quality);
  const recognised = document.page_list.filter((page) => page.source === 'ocr').length;
  if (document.page_list.length === 0) return null;
  return (
    <section>
      <h2>{t('reading.ledger')}</h2>
      <p className={classes.rowMeta}>
        {t('reading.ledgerSum', {
          pages: document.page_list.length,
          recognised,
          doubtful: doubtful.length,
        })}
      </p>
      <ol className={classes.pages}>
        {doubtful.slice(0, MOST_PAGES).map((page) => (
          <li key={page.number}>
            <Link
              to="/documents/$id"
              params={{ id: String(document.id) }}
              search={(now) => ({ ...now, page: page.number })}
            >
              {t('document.pageLabel', { page: page.number })}
            </Link>
            <Quality page={page} />
          </li>
        ))}
      </ol>
    </section>
  );
}
