/** Small pictures of the pages; pages with hits carry a count. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { pageImageUrl } from '~/api/endpoints';
import type { PageInfo } from '~/api/types';
import type { Place } from '~/features/document/Viewer';
import classes from '~/features/document/Viewer.module.css';

const WIDTH = 92;

interface Props {
  document: number;
  pages: readonly PageInfo[];
  current: number;
  marked: ReadonlyMap<number, readonly Place[]>;
  onPage: (page: number) => void;
}

export function Thumbnails({ document, pages, current, marked, onPage }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer<HTMLElement, Element>({
    count: pages.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(pages[index]) + 34,
    overscan: 3,
    paddingStart: 10,
  });
  const index = pages.findIndex((page) => page.number === current);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: 'auto' });
  }, [index, virtual]);
  return (
    <nav className={classes.thumbs} ref={scroller} aria-label={t('document.thumbnails')}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const page = pages[item.index];
          if (!page) return null;
          const hits = marked.get(page.number)?.length ?? 0;
          return (
            <button
              key={page.number}
              type="button"
              className={classes.thumb}
              aria-current={page.number === current ? 'page' : undefined}
              style={{ transform: `translate(-50%, ${item.start}px)` }}
              onClick={() => onPage(page.number)}
            >
              <img
                src={pageImageUrl(document, page.number, 200)}
                alt={t('document.pageLabel', { page: page.number })}
                width={WIDTH}
                height={heightOf(page)}
                loading="lazy"
                decoding="async"
              />
              <span className={`${classes.thumbNumber} tabular`}>
                {page.number}
                {hits > 0 && (
                  <span
                    className={classes.thumbHits}
                    title={t('document.findHits', { count: hits })}
                  >
                    {hits}
                  </span>
                )}
              </span>
            </button>
          );
        })}
      </div>
    </nav>
  );
}

function heightOf(page: PageInfo | undefined): number {
  return page ? Math.min(200, (WIDTH * page.height) / page.width) : 130;
}
