/** One page as the server renders it, with boxes drawn over it. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { pageImageUrl } from '~/api/endpoints';
import type { Box } from '~/api/types';
import { imageWidth, placeOf } from '~/features/document/boxes';
import classes from '~/features/document/PageImage.module.css';
import { PageText } from '~/features/document/PageText';

interface Props {
  document: number;
  page: { number: number; width: number; height: number };
  /** CSS pixels. */
  width: number;
  passage?: readonly Box[];
  hits?: readonly Box[];
  /** Index among `hits` of the one the reader stands on. */
  active?: number;
  query?: string | undefined;
}

export function PageImage({
  document,
  page,
  width,
  passage = [],
  hits = [],
  active,
  query,
}: Props) {
  const { t } = useTranslation();
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading');
  const height = (width * page.height) / page.width;
  if (state === 'failed') {
    return (
      <div className={classes.sheet} style={{ width, minHeight: Math.min(height, 480) }}>
        <p className={classes.note}>{t('document.noImage')}</p>
        <PageText document={document} page={page.number} query={query} />
      </div>
    );
  }
  return (
    <div className={classes.page} style={{ width, height }} data-state={state}>
      <img
        src={pageImageUrl(document, page.number, imageWidth(width, window.devicePixelRatio))}
        alt={t('document.pageLabel', { page: page.number })}
        width={width}
        height={height}
        className={classes.image}
        decoding="async"
        onLoad={() => setState('shown')}
        onError={() => setState('failed')}
      />
      {passage.map((box) => (
        <div
          key={`passage-${box.join()}`}
          className={classes.passage}
          style={placeOf(box, page)}
          data-box="passage"
        />
      ))}
      {hits.map((box, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: two hits may share a box
          key={`hit-${index}`}
          className={classes.hit}
          data-active={index === active || undefined}
          style={placeOf(box, page)}
          data-box="hit"
        />
      ))}
    </div>
  );
}
