/** Everything that was uploaded, with its live status; and the trash. */
import { Button, SegmentedControl } from '@mantine/core';
import { IconFilterOff, IconFolderOpen, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getDocuments } from '~/api/endpoints';
import type { DocumentRow } from '~/api/types';
import { POLL_MS, useLive } from '~/app/events';
import type { DocumentsParams } from '~/app/searchParams';
import { Empty, Failed, Loading } from '~/components/States';
import { useTitle } from '~/components/useTitle';
import classes from '~/features/documents/Documents.module.css';
import { DocumentTable } from '~/features/documents/DocumentTable';
import { Filters } from '~/features/documents/Filters';
import { SelectionBar } from '~/features/documents/SelectionBar';
import { SampleOffer } from '~/features/upload/SampleOffer';
import { UploadForm } from '~/features/upload/UploadDialog';

const PAGE = 60;

function useDocuments(params: DocumentsParams) {
  const live = useLive();
  return useInfiniteQuery({
    queryKey: ['documents', 'list', params],
    queryFn: ({ pageParam }) => getDocuments({ sort: '-created', ...params }, pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: live ? false : POLL_MS,
  });
}

export function DocumentsPage() {
  const { t } = useTranslation();
  const params = useSearch({ from: '/app/documents' });
  const navigate = useNavigate();
  const documents = useDocuments(params);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  useTitle(params.trash ? t('documents.trash') : t('documents.title'));

  const change = (next: DocumentsParams) => {
    setChosen(new Set());
    void navigate({ to: '/documents', search: next, replace: true });
  };
  const rows: DocumentRow[] = documents.data?.pages.flatMap((page) => page.items) ?? [];
  const counts = documents.data?.pages.at(-1)?.counts;
  const selection = rows.filter((row) => chosen.has(row.id));

  return (
    <div className={classes.screen}>
      <div className={classes.top}>
        <h1 className={classes.heading}>{t('documents.title')}</h1>
        <SegmentedControl
          aria-label={t('documents.show')}
          size="xs"
          value={params.trash ? 'trash' : 'all'}
          onChange={(tab) => change(tab === 'trash' ? { trash: true } : {})}
          data={[
            { value: 'all', label: t('common.all') },
            { value: 'trash', label: t('documents.trash') },
          ]}
        />
      </div>
      <Filters params={params} counts={counts} onChange={change} />
      {selection.length > 0 && (
        <SelectionBar
          rows={selection}
          trash={Boolean(params.trash)}
          onDone={() => setChosen(new Set())}
        />
      )}
      <div id="documents">
        {documents.error && !documents.data ? (
          <Failed error={documents.error} onRetry={() => void documents.refetch()} />
        ) : !documents.data ? (
          <Loading rows={10} />
        ) : rows.length === 0 ? (
          <Nothing params={params} onClear={() => change(params.trash ? { trash: true } : {})} />
        ) : (
          <DocumentTable
            rows={rows}
            params={params}
            chosen={chosen}
            onChoose={setChosen}
            onSort={(sort) => change({ ...params, sort })}
            total={counts?.total ?? rows.length}
            hasMore={documents.hasNextPage}
            loadingMore={documents.isFetchingNextPage}
            onMore={() => void documents.fetchNextPage()}
          />
        )}
      </div>
    </div>
  );
}

function Nothing({ params, onClear }: { params: DocumentsParams; onClear: () => void }) {
  const { t } = useTranslation();
  const { trash, sort: _sort, ...filters } = params;
  if (Object.keys(filters).length > 0) {
    return (
      <Empty
        icon={<IconFilterOff size={26} stroke={1.6} />}
        title={t('documents.emptyFilterTitle')}
        text={t('documents.emptyFilterText')}
      >
        <Button variant="default" onClick={onClear}>
          {t('search.clearFilters')}
        </Button>
      </Empty>
    );
  }
  if (trash) {
    return (
      <Empty
        icon={<IconTrash size={26} stroke={1.6} />}
        title={t('documents.emptyTrashTitle')}
        text={t('documents.emptyTrashText')}
      />
    );
  }
  return (
    <div className={classes.emptyUpload}>
      <Empty
        icon={<IconFolderOpen size={26} stroke={1.6} />}
        title={t('documents.emptyTitle')}
        text={t('documents.emptyText')}
      />
      <UploadForm>
        <SampleOffer />
      </UploadForm>
    </div>
  );
}
