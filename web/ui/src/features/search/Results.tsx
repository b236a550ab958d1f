/** Hits, facets and the preview, driven by the address and by j/k/Enter/Space. */
import { Button, Drawer, SegmentedControl, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconInfoCircle } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type SearchRequest, search } from '~/api/endpoints';
import type { FacetName, Hit, SearchMode } from '~/api/types';
import { useKeys } from '~/app/keys';
import { previewOn, setPreviewOn } from '~/app/preferences';
import type { SearchParams } from '~/app/searchParams';
import { Failed, Loading } from '~/components/States';
import { FACETS, Facets, FilterChips } from '~/features/search/Facets';
import { HitCard, hitLink } from '~/features/search/HitCard';
import { NoResult } from '~/features/search/NoResult';
import classes from '~/features/search/Search.module.css';
import { SearchBox } from '~/features/search/SearchBox';
import { withTexts } from '~/i18n';
import { useFormat } from '~/i18n/format';

const Preview = lazy(withTexts('later', () => import('~/features/search/PreviewPane')));

const PAGE = 20;

interface Props {
  params: SearchParams & { q: string };
  onChange: (params: SearchParams) => void;
}

function useResults(request: SearchRequest) {
  const { i18n } = useTranslation();
  return useInfiniteQuery({
    queryKey: ['search', request, i18n.language],
    queryFn: ({ pageParam, signal }) => search(request, PAGE, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const shown = pages.reduce((sum, page) => sum + page.hits.length, 0);
      return last.hits.length > 0 && shown < last.total ? shown : undefined;
    },
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
}

export function Results({ params, onChange }: Props) {
  const { mode = 'hybrid', q, ...filter } = params;
  const results = useResults({ q, mode, ...filter });
  const wide = useMediaQuery('(min-width: 75em)') ?? true;
  const [filtersOpen, setFiltersOpen] = useState(false);
  const hits = results.data?.pages.flatMap((page) => page.hits) ?? [];
  const first = results.data?.pages[0];
  const { selected, select, preview, setPreview, list } = useSelection(hits, q);

  const setFilter = (name: FacetName, value: string | undefined) => {
    const next = { ...latest.current, [name]: value };
    latest.current = next;
    onChange(next);
  };
  const latest = useRef(params);
  latest.current = params;
  const facets = <Facets facets={first?.facets} filter={filter} onChange={setFilter} />;
  const { t, i18n } = useTranslation();
  const noticeText = (code: string) =>
    i18n.exists(`search.notice.${code}`) ? t(`search.notice.${code as 'no_index'}`) : code;
  const hit = hits[selected];
  const pane = wide && preview && first?.total !== 0;
  const shownHit = preview ? (hit ?? hits[0]) : undefined;

  return (
    <div className={classes.screen} data-preview={pane || undefined}>
      <h1 className="visually-hidden">{`${t('search.resultList')}：${q}`}</h1>
      <div className={classes.bar}>
        <SearchBox
          query={q}
          busy={results.isFetching && !results.isFetchingNextPage}
          large={false}
          onSearch={(next) => onChange(next ? { ...params, q: next } : {})}
          onLeave={() => select(0)}
        />
        <ModeSwitch
          mode={mode}
          onChange={(next) =>
            onChange({ ...params, mode: next === 'hybrid' ? undefined : next } as SearchParams)
          }
        />
      </div>
      <aside className={classes.side} aria-label={t('search.filters')}>
        {facets}
      </aside>
      <div className={classes.center} ref={list}>
        <div className={classes.line}>
          <Count total={first?.total} tookMs={first?.took_ms} />
          <Button
            className={classes.filterButton}
            variant="default"
            size="xs"
            leftSection={<IconAdjustmentsHorizontal size={15} aria-hidden="true" />}
            onClick={() => setFiltersOpen(true)}
          >
            {t('search.showFilters')}
          </Button>
          <span className={classes.keysHint}>{t('search.keys')}</span>
        </div>
        <FilterChips facets={first?.facets} filter={filter} onChange={setFilter} />
        {first?.notice && (
          <p className={classes.notice}>
            <IconInfoCircle size={16} aria-hidden="true" /> {noticeText(first.notice)}
          </p>
        )}
        {results.error && !first && (
          <Failed error={results.error} onRetry={() => void results.refetch()} />
        )}
        {!results.data && !results.error && <Loading rows={5} height={96} />}
        {first && first.total === 0 && (
          <NoResult
            query={q}
            mode={mode}
            filtered={FACETS.some((name) => filter[name] !== undefined)}
            onMode={(next) => onChange({ ...params, mode: next })}
            onClear={() => onChange({ q, ...(params.mode && { mode: params.mode }) })}
          />
        )}
        <ol className={classes.hits} aria-label={t('search.resultList')}>
          {hits.map((one, index) => (
            <li key={`${one.document}-${one.passage}`}>
              <HitCard
                hit={one}
                query={q}
                selected={index === selected}
                onSelect={() => select(index, 'silently')}
              />
            </li>
          ))}
        </ol>
        <More results={results} shown={hits.length} total={first?.total ?? 0} />
      </div>
      {pane && (
        <Suspense>
          <Preview hit={shownHit} query={q} onClose={() => setPreview(false)} />
        </Suspense>
      )}
      <Drawer
        opened={filtersOpen}
        onClose={() => setFiltersOpen(false)}
        title={t('search.filters')}
        size="sm"
        position="bottom"
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {facets}
      </Drawer>
    </div>
  );
}

/** Which hit is selected; j and k move the focus itself, so Enter opens like any link. */
function useSelection(hits: readonly Hit[], query: string) {
  const navigate = useNavigate();
  const list = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState(-1);
  const [preview, showPreview] = useState(previewOn);
  const setPreview = (on: boolean) => {
    setPreviewOn(on);
    showPreview(on);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new query starts at the top
  useEffect(() => setSelected(-1), [query]);
  const select = (index: number, how: 'focus' | 'silently' = 'focus') => {
    const next = Math.max(0, Math.min(hits.length - 1, index));
    setSelected(next);
    if (how === 'silently') return;
    const link = list.current?.querySelectorAll<HTMLElement>('[data-hit]')[next];
    link?.focus({ preventScroll: true });
    link?.closest('article')?.scrollIntoView({ block: 'nearest' });
  };
  const openSelected = () => {
    const hit = hits[selected];
    if (hit) void navigate(hitLink(hit, query));
  };
  useKeys({
    j: () => select(selected + 1),
    k: () => select(selected - 1),
    Enter: openSelected,
    ' ': () => {
      if (selected < 0) select(0);
      setPreview(!preview);
    },
    Escape: () => setPreview(false),
  });
  return { selected, select, preview, setPreview, list };
}

function Count({ total, tookMs }: { total: number | undefined; tookMs: number | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  return (
    <p className={classes.count}>
      <span role="status">{total === undefined ? '' : t('search.results', { count: total })}</span>
      {tookMs !== undefined && (
        <Text span size="xs" c="dimmed" className="tabular">
          {t('search.took', { ms: number(Math.round(tookMs)) })}
        </Text>
      )}
    </p>
  );
}

function ModeSwitch({
  mode,
  onChange,
}: {
  mode: SearchMode;
  onChange: (mode: SearchMode) => void;
}) {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      aria-label={t('search.mode.label')}
      className={classes.modes}
      size="xs"
      value={mode}
      onChange={(next) => onChange(next as SearchMode)}
      data={(['hybrid', 'lexical', 'vector'] as const).map((value) => ({
        value,
        label: <span title={t(`search.modeHint.${value}`)}>{t(`search.mode.${value}`)}</span>,
      }))}
    />
  );
}

interface MoreProps {
  results: ReturnType<typeof useResults>;
  shown: number;
  total: number;
}

function More({ results, shown, total }: MoreProps) {
  const { t } = useTranslation();
  if (results.hasNextPage) {
    return (
      <div className={classes.more}>
        <Button
          variant="default"
          loading={results.isFetchingNextPage}
          onClick={() => void results.fetchNextPage()}
        >
          {t('search.loadMore', { count: Math.min(PAGE, total - shown) })}
        </Button>
      </div>
    );
  }
  return shown > 0 ? <p className={classes.end}>{t('search.end')}</p> : null;
}
