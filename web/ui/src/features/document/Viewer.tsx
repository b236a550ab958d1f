/** Pages in a scrolling column, only the visible ones drawn; thumbnails, zoom, find. */
import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { Box, DocumentDetail, PageInfo } from '~/api/types';
import { useKeys } from '~/app/keys';
import type { PageBox } from '~/features/document/boxes';
import { PageImage } from '~/features/document/PageImage';
import { hitsQuery } from '~/features/document/queries';
import { Thumbnails } from '~/features/document/Thumbnails';
import { Toolbar } from '~/features/document/Toolbar';
import classes from '~/features/document/Viewer.module.css';

const GAP = 14;
const WIDEST = 1000;
const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3] as const;

export interface ViewerHandle {
  goTo: (page: number) => void;
}

interface Props {
  ref: Ref<ViewerHandle>;
  document: DocumentDetail;
  start: number;
  query: string | undefined;
  passage: readonly PageBox[];
  onPage: (page: number) => void;
  onFind: (query: string) => void;
  tools: ReactNode;
}

export interface Place {
  page: number;
  index: number;
  box: Box;
}

export function Viewer(props: Props) {
  const { ref, document, start, query, passage, onPage, onFind, tools } = props;
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const { ref: sizer, width: space } = useElementSize();
  const [zoom, setZoom] = useState(1);
  const [thumbnails, setThumbnails] = useState(document.page_list.length > 1);
  const pages = document.page_list;
  const width = Math.max(200, Math.min(WIDEST, space) * zoom);
  const { places, active, step, settled } = usePlaces(
    document.id,
    query,
    start,
    passage.length > 0,
  );

  const virtual = useVirtualizer({
    count: pages.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(pages[index], width) + GAP,
    overscan: 1,
    paddingStart: GAP,
    enabled: space > 0,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights follow from the width alone
  useEffect(() => virtual.measure(), [width]);

  const goTo = (page: number, y?: number) => {
    const index = pages.findIndex((one) => one.number === page);
    const offset = virtual.getOffsetForIndex(index, 'start')?.[0];
    const info = pages[index];
    if (offset === undefined || !info || !scroller.current) return;
    const down = y === undefined ? 0 : (y * width) / info.width - scroller.current.clientHeight / 3;
    scroller.current.scrollTop = Math.max(0, offset + Math.max(0, down));
  };
  useImperativeHandle(ref, () => ({ goTo }));

  const current = useCurrentPage(scroller, virtual, pages);
  useEffect(() => onPage(current), [current, onPage]);

  // Once, when the pages have their size: where the address or the passage points.
  const arrived = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the first layout counts
  useEffect(() => {
    if (arrived.current || space === 0) return;
    arrived.current = true;
    const first = passage.find((one) => one.page === start) ?? passage[0];
    goTo(first?.page ?? start, first?.box[1]);
  }, [space]);

  const place = active >= 0 ? places[active] : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the chosen place only
  useEffect(() => {
    if (place && settled) goTo(place.page, place.box[1]);
  }, [place, settled]);

  const zoomBy = (change: number) => {
    const at = ZOOMS.findIndex((one) => one >= zoom);
    setZoom(ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, at + change))] ?? 1);
  };
  const findBox = useRef<HTMLInputElement>(null);
  useKeys({
    j: () => goTo(current + 1),
    k: () => goTo(current - 1),
    PageDown: () => goTo(current + 1),
    PageUp: () => goTo(current - 1),
    '+': () => zoomBy(1),
    '=': () => zoomBy(1),
    '-': () => zoomBy(-1),
    '0': () => setZoom(1),
    n: () => step(1),
    N: () => step(-1),
  });

  const byPage = useMemo(() => groupByPage(places), [places]);
  return (
    <div className={classes.viewer}>
      <Toolbar
        page={current}
        pages={pages.length}
        onPage={goTo}
        zoom={zoom}
        onZoom={zoomBy}
        onFit={() => setZoom(1)}
        thumbnails={thumbnails}
        onThumbnails={() => setThumbnails(!thumbnails)}
        find={{ ref: findBox, query: query ?? '', places: places.length, active, settled }}
        onFind={onFind}
        onStep={step}
        tools={tools}
      />
      <div className={classes.body}>
        {thumbnails && (
          <Thumbnails
            document={document.id}
            pages={pages}
            current={current}
            marked={byPage}
            onPage={goTo}
          />
        )}
        <div
          className={classes.scroller}
          ref={scroller}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
          role="group"
          aria-label={t('document.pages')}
        >
          <div className={classes.sizer}>
            <div ref={sizer} />
            <div style={{ height: virtual.getTotalSize(), minWidth: width, position: 'relative' }}>
              {virtual.getVirtualItems().map((item) => {
                const page = pages[item.index];
                if (!page) return null;
                const here = byPage.get(page.number) ?? [];
                return (
                  <div
                    key={page.number}
                    className={classes.slot}
                    data-page={page.number}
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    <PageImage
                      document={document.id}
                      page={page}
                      width={width}
                      passage={passage.filter((p) => p.page === page.number).map((p) => p.box)}
                      hits={here.map((one) => one.box)}
                      active={place ? here.indexOf(place) : -1}
                      query={query}
                    />
                  </div>
                );
              })}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

function groupByPage(places: readonly Place[]): Map<number, Place[]> {
  const pages = new Map<number, Place[]>();
  for (const place of places) {
    const here = pages.get(place.page);
    if (here) here.push(place);
    else pages.set(place.page, [place]);
  }
  return pages;
}

function heightOf(page: PageInfo | undefined, width: number): number {
  return page ? (width * page.height) / page.width : width * 1.4;
}

/** The page that fills the middle of what is visible. */
function useCurrentPage(
  scroller: React.RefObject<HTMLDivElement | null>,
  virtual: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>,
  pages: readonly PageInfo[],
): number {
  const middle = (virtual.scrollOffset ?? 0) + (scroller.current?.clientHeight ?? 0) / 2;
  const item = virtual.getVirtualItemForOffset(middle);
  return pages[item?.index ?? 0]?.number ?? 1;
}

/** All places of the query's words, and which of them the reader stands on. */
function usePlaces(id: number, query: string | undefined, start: number, atPassage: boolean) {
  const { data, isFetched } = useQuery(hitsQuery(id, query));
  const places = useMemo<Place[]>(
    () =>
      (data?.pages ?? []).flatMap((page) =>
        page.boxes.map((box, index) => ({ page: page.number, index, box })),
      ),
    [data],
  );
  const [active, setActive] = useState(-1);
  const fresh = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the answer for a query arrives
  useEffect(() => {
    if (places.length === 0) {
      setActive(-1);
      return;
    }
    // Coming from a hit, the passage is already in view: stay there.
    const stay = fresh.current && atPassage;
    fresh.current = false;
    const here = places.findIndex((one) => one.page >= start);
    setActive(stay ? -1 : Math.max(0, here));
  }, [places]);
  const step = (change: number) => {
    if (places.length === 0) return;
    const from = active < 0 && change < 0 ? 0 : active;
    setActive((from + change + places.length) % places.length);
  };
  return { places, active, step, settled: isFetched };
}
