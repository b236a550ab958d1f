/** The page of the selected hit, beside the list. */
import { ActionIcon } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconExternalLink, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Box, Hit } from '~/api/types';
import { Failed, Loading } from '~/components/States';
import { PageImage } from '~/features/document/PageImage';
import { documentQuery, hitsQuery } from '~/features/document/queries';
import { hitLink } from '~/features/search/HitCard';
import classes from '~/features/search/Search.module.css';

interface Props {
  hit: Hit | undefined;
  query: string;
  onClose: () => void;
}

export default function Preview({ hit, query, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <aside className={classes.preview} aria-label={t('search.preview')}>
      <header className={classes.previewHead}>
        <div className={`${classes.previewTitle} ellipsis`} lang={hit?.language ?? undefined}>
          {hit?.title || hit?.name || t('search.preview')}
        </div>
        {hit && (
          <Link {...hitLink(hit, query)} className={classes.previewOpen}>
            <IconExternalLink size={15} aria-hidden="true" />
            {t('search.openDocument')}
          </Link>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('search.hidePreview')}
          onClick={onClose}
        >
          <IconX size={17} />
        </ActionIcon>
      </header>
      {hit ? (
        <PreviewPage key={`${hit.document}-${hit.passage}`} hit={hit} query={query} />
      ) : (
        <p className={classes.previewEmpty}>{t('search.previewEmpty')}</p>
      )}
    </aside>
  );
}

function PreviewPage({ hit, query }: { hit: Hit; query: string }) {
  const { ref, width } = useElementSize();
  const scroller = useRef<HTMLDivElement>(null);
  const { data, error } = useQuery(documentQuery(hit.document));
  const { data: found } = useQuery(hitsQuery(hit.document, query));
  const page = data?.page_list.find((one) => one.number === hit.page);
  const passage = hit.boxes.filter((one) => one.page === hit.page).map((one) => one.box);
  const hits: Box[] = found?.pages.find((one) => one.number === hit.page)?.boxes ?? [];
  const top = passage[0]?.[1];
  useEffect(() => {
    // The passage a third of the way down, so that what leads to it shows too.
    if (!page || width === 0 || top === undefined || !scroller.current) return;
    const scale = width / page.width;
    scroller.current.scrollTop = top * scale - scroller.current.clientHeight / 3;
  }, [page, width, top]);
  if (error) return <Failed error={error} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div className={classes.previewScroll} ref={scroller} tabIndex={0} role="group">
      <div ref={ref}>
        {page && width > 0 ? (
          <PageImage
            document={hit.document}
            page={page}
            width={width}
            passage={passage}
            hits={hits}
            query={query}
          />
        ) : (
          <Loading rows={8} height={24} />
        )}
      </div>
    </div>
  );
}
