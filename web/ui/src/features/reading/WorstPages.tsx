/** Pages by quality, the worst first: what is wrong with each, and reading it again. */
import { Button, NativeSelect } from '@mantine/core';
import { IconFileCheck, IconScan } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getWorstPages, pageImageUrl, rereadPage } from '~/api/endpoints';
import type { WorstPage } from '~/api/types';
import { collectionsQuery } from '~/app/session';
import { notifyDone, notifyError } from '~/components/problem';
import { Empty, Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import { Heading } from '~/features/reading/Heading';
import { Quality } from '~/features/reading/Quality';
import classes from '~/features/reading/Reading.module.css';

const PAGE = 40;
const THUMBNAIL = 96;

export function WorstPages() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { collection } = useSearch({ from: '/app/pages' });
  const { data: collections } = useQuery(collectionsQuery);
  useTitle(t('reading.pages'));
  const pages = useInfiniteQuery({
    queryKey: ['pages', collection ?? 0],
    queryFn: ({ pageParam }) => getWorstPages(collection ?? null, pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={classes.screen}>
      <Heading shown="pages" />
      <p className={classes.lead}>{t('reading.pagesLead')}</p>
      <div className={classes.filters}>
        <NativeSelect
          aria-label={t('documents.collection')}
          value={String(collection ?? '')}
          onChange={(event) => {
            const chosen = Number(event.currentTarget.value);
            const search = chosen ? { collection: chosen } : {};
            void navigate({ to: '/pages', search, replace: true });
          }}
          data={[
            { value: '', label: t('documents.allCollections') },
            ...(collections?.items ?? []).map((c) => ({ value: String(c.id), label: c.name })),
          ]}
        />
      </div>
      {pages.error && !pages.data ? (
        <Failed error={pages.error} onRetry={() => void pages.refetch()} />
      ) : !pages.data ? (
        <Loading rows={5} height={120} />
      ) : rows.length === 0 ? (
        <Empty
          icon={<IconFileCheck size={26} stroke={1.6} />}
          title={t('reading.noPages')}
          text={t('reading.noPagesText')}
        />
      ) : (
        <ul className={classes.rows} aria-label={t('reading.pages')}>
          {rows.map((row) => (
            <Row key={`${row.document}-${row.page.number}`} row={row} />
          ))}
        </ul>
      )}
      {pages.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}

function Row({ row }: { row: WorstPage }) {
  const { t } = useTranslation();
  const { document, page } = row;
  const height = Math.min(150, (THUMBNAIL * page.height) / page.width);
  const label = t('document.pageLabel', { page: page.number });
  const target = { to: '/documents/$id', params: { id: String(document) } } as const;
  return (
    <li className={classes.row} data-tall>
      <Link {...target} search={{ page: page.number }} tabIndex={-1} aria-hidden="true">
        <img
          className={classes.thumbnail}
          src={pageImageUrl(document, page.number, 200)}
          alt=""
          width={THUMBNAIL}
          height={height}
          loading="lazy"
          decoding="async"
        />
      </Link>
      <div className={classes.rowMain}>
        <span className={classes.rowTitle}>
          <Link {...target} search={{ page: page.number }}>
            {row.document_name}
          </Link>
        </span>
        <div className={`${classes.rowMeta} tabular`}>
          {label} · {row.collection.name}
        </div>
        <Quality page={page} />
      </div>
      <span className={classes.action}>
        {row.may_write && <Reread document={document} page={page.number} />}
      </span>
    </li>
  );
}

function Reread({ document, page }: { document: number; page: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => rereadPage(document, page),
    onSuccess: async () => {
      notifyDone(t('reading.rereading', { page }));
      await client.invalidateQueries({ queryKey: ['jobs'] });
    },
    onError: (error) => notifyError(error, t),
  });
  return (
    <Button
      size="xs"
      variant="default"
      loading={again.isPending}
      leftSection={<IconScan size={14} aria-hidden="true" />}
      onClick={() => again.mutate()}
    >
      {t('reading.reread')}
    </Button>
  );
}
