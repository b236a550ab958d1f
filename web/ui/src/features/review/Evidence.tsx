/** The document that is decided: the passages that speak for a label, and their page. */
import { ActionIcon } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconExternalLink } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Evidence as Found, getEvidence, type ReviewItem } from '~/api/curate';
import type { Box, Taxonomy } from '~/api/types';
import { FileIcon } from '~/components/FileIcon';
import { sentenceOf } from '~/components/problem';
import { Loading } from '~/components/States';
import { encodeBoxes } from '~/features/document/boxes';
import { PageImage } from '~/features/document/PageImage';
import { documentQuery } from '~/features/document/queries';
import classes from '~/features/review/Review.module.css';
import type { Review } from '~/features/review/useReview';
import { useFormat } from '~/i18n/format';

const LONGEST = 420;

type Passage = Found['passages'][number];

interface Props {
  item: ReviewItem;
  review: Review;
  label: string;
  taxonomy: Taxonomy | undefined;
  heading: RefObject<HTMLHeadingElement | null>;
}

export function Evidence({ item, review, label, taxonomy, heading }: Props) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const format = useFormat();
  const { document } = item;
  const [chosen, setChosen] = useState<number | null>(null);
  const { data, error } = useQuery({
    queryKey: ['evidence', document.id, label],
    queryFn: ({ signal }) => getEvidence(document.id, label, signal),
    enabled: label !== '' && (taxonomy?.labels.some((one) => one.name === label) ?? false),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const passages = data?.passages ?? [];
  const shown = passages.find((one) => one.passage === chosen) ?? passages[0];
  const named = taxonomy?.labels.find((one) => one.name === label) ?? null;
  return (
    <article className={classes.document}>
      <header className={classes.documentHead}>
        <FileIcon format={document.format} />
        <div className={classes.titles}>
          <h2 ref={heading} tabIndex={-1} lang={document.language ?? undefined}>
            {document.title || document.name}
          </h2>
          <div className={classes.meta}>
            {[
              document.collection.name,
              document.title && document.title !== document.name && document.name,
              t('review.uncertainty', { percent: format.percent(item.uncertainty) }),
            ]
              .filter(Boolean)
              .join(' · ')}
          </div>
        </div>
        <Moves review={review} />
        <Link
          to="/documents/$id"
          params={{ id: String(document.id) }}
          className={classes.open}
          search={shown ? { page: shown.page, at: encodeBoxes(boxesOf(shown)) } : {}}
        >
          <IconExternalLink size={15} aria-hidden="true" />
          {t('review.open')}
        </Link>
      </header>
      {named && (
        <section className={classes.evidence}>
          <h3>{t('review.evidence', { name: format.category(named) })}</h3>
          {error ? (
            <p className={classes.note}>{sentenceOf(error, common)}</p>
          ) : !data ? (
            <Loading rows={2} height={52} />
          ) : passages.length === 0 ? (
            <p className={classes.note}>{t('review.noEvidence')}</p>
          ) : (
            <Passages
              found={data}
              shown={shown}
              lang={document.language}
              onChoose={(one) => setChosen(one.passage)}
            />
          )}
        </section>
      )}
      <Page document={document.id} passage={shown} />
    </article>
  );
}

const boxesOf = (passage: Passage) =>
  passage.boxes.map(({ page, box }) => ({ page, box: box as Box }));

function Moves({ review }: { review: Review }) {
  const { t } = useTranslation('curate');
  return (
    <div className={classes.moves}>
      <ActionIcon
        variant="default"
        aria-label={t('review.previous')}
        title={`${t('review.previous')} (k)`}
        onClick={() => review.take({ do: 'move', by: -1 })}
      >
        <IconChevronLeft size={16} />
      </ActionIcon>
      <ActionIcon
        variant="default"
        aria-label={t('review.next')}
        title={`${t('review.next')} (j)`}
        onClick={() => review.take({ do: 'move', by: 1 })}
      >
        <IconChevronRight size={16} />
      </ActionIcon>
    </div>
  );
}

interface PassagesProps {
  found: Found;
  shown: Passage | undefined;
  lang: string | null;
  onChoose: (passage: Passage) => void;
}

function Passages({ found, shown, lang, onChoose }: PassagesProps) {
  const { t } = useTranslation('curate');
  const format = useFormat();
  const short = (text: string) =>
    text.length > LONGEST ? `${text.slice(0, LONGEST).trimEnd()}…` : text;
  return (
    <>
      <ul>
        {found.passages.map((one) => (
          <li key={one.passage}>
            <button
              type="button"
              className={classes.passage}
              aria-pressed={one === shown}
              onClick={() => onChoose(one)}
            >
              <span className={`${classes.passageMeta} tabular`}>
                <strong>{format.percent(one.probability)}</strong>
                {t('review.page', { page: one.page })}
                {one.heading_path.length > 0 && (
                  <span className="ellipsis">{one.heading_path.at(-1)}</span>
                )}
              </span>
              <span className={classes.passageText} lang={lang ?? undefined}>
                {short(one.text)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className={`${classes.note} tabular`}>
        {t('review.evidenceHint')}{' '}
        {found.looked_at < found.total &&
          t('review.evidencePart', { count: found.looked_at, total: found.total })}
      </p>
    </>
  );
}

/** The page of the passage, with its lines marked; the first page while there is none. */
function Page({ document, passage }: { document: number; passage: Passage | undefined }) {
  const { ref, width } = useElementSize();
  const { data } = useQuery(documentQuery(document));
  const number = passage?.page ?? 1;
  const page = data?.page_list.find((one) => one.number === number);
  if (data && !page) return null;
  const boxes = passage ? boxesOf(passage).filter((one) => one.page === number) : [];
  return (
    <div className={classes.page}>
      <div ref={ref}>
        {page && width > 0 ? (
          <PageImage
            key={number}
            document={document}
            page={page}
            width={width}
            passage={boxes.map((one) => one.box)}
          />
        ) : (
          <Loading rows={6} height={24} />
        )}
      </div>
    </div>
  );
}
