/** One hit: what it is, where it stands, and the words around it. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Hit } from '~/api/types';
import { FileIcon } from '~/components/FileIcon';
import { Marked } from '~/components/Marked';
import { encodeBoxes } from '~/features/document/boxes';
import classes from '~/features/search/Search.module.css';
import { useFormat } from '~/i18n/format';

/** The address that opens a document at a hit, with its boxes. */
export function hitLink(hit: Hit, query: string) {
  return {
    to: '/documents/$id',
    params: { id: String(hit.document) },
    search: { page: hit.page, q: query, at: encodeBoxes(hit.boxes) },
  } as const;
}

interface Props {
  hit: Hit;
  query: string;
  selected: boolean;
  onSelect: () => void;
}

export function HitCard({ hit, query, selected, onSelect }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const category = format.category(hit.category);
  const where = hit.heading_path.filter((one) => one && one !== hit.title).join(' › ');
  const file = hit.path ? `${hit.path}/${hit.name}` : hit.name;
  return (
    <article className={classes.hit} data-selected={selected || undefined} onMouseDown={onSelect}>
      <div className={classes.hitHead}>
        <FileIcon format={hit.format} />
        <h2 className={classes.hitTitle}>
          <Link
            {...hitLink(hit, query)}
            data-hit
            onFocus={onSelect}
            lang={hit.language ?? undefined}
          >
            {hit.title || hit.name}
          </Link>
        </h2>
        <span className={`${classes.hitPage} tabular`}>
          {t('search.page', { page: format.number(hit.page) })}
        </span>
      </div>
      {where && (
        <div className={`${classes.hitWhere} ellipsis`} lang={hit.language ?? undefined}>
          {where}
        </div>
      )}
      <p className={classes.snippet}>
        <Marked text={hit.snippet} ranges={hit.highlights} lang={hit.language} />
      </p>
      <div className={classes.hitMeta}>
        <span className={classes.found} data-found={hit.found_by}>
          {t(`search.found.${hit.found_by}`)}
        </span>
        {category && <span>{category}</span>}
        <span>{hit.collection.name}</span>
        <time dateTime={hit.created_at}>{format.when(hit.created_at)}</time>
        {file !== hit.title && <span className={classes.file}>{file}</span>}
      </div>
    </article>
  );
}
