/** Live status: one event stream for the tab; when it is cut, lists poll instead. */
import type { QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { eventsUrl } from '~/api/endpoints';
import type { DocumentPage, DocumentRow } from '~/api/types';
import { sessionQuery } from '~/app/session';
import { uploadStore } from '~/features/upload/store';

export const POLL_MS = 4000;

let live = false;
const listeners = new Set<() => void>();

function setLive(now: boolean): void {
  if (live === now) return;
  live = now;
  for (const notify of listeners) notify();
}

/** Whether events arrive; lists poll every `POLL_MS` while they do not. */
export function useLive(): boolean {
  return useSyncExternalStore(
    (notify) => {
      listeners.add(notify);
      return () => listeners.delete(notify);
    },
    () => live,
  );
}

type Listed = { pages: DocumentPage[]; pageParams: unknown[] };

/** Put a moved document into every list that shows it. Returns whether one did. */
export function mergeRow(client: QueryClient, row: DocumentRow): boolean {
  let known = false;
  client.setQueriesData<Listed>({ queryKey: ['documents'] }, (listed) => {
    if (!listed?.pages) return listed;
    return {
      ...listed,
      pages: listed.pages.map((page) => {
        if (!page.items.some((one) => one.id === row.id)) return page;
        known = true;
        return { ...page, items: page.items.map((one) => (one.id === row.id ? row : one)) };
      }),
    };
  });
  return known;
}

const SETTLED = new Set(['ready', 'failed', 'deleted']);

export function useEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    let source: EventSource | null = null;
    let again = 0;
    let refresh = 0;
    const refreshSoon = () => {
      // Many documents move at once after a big upload: ask for the lists once, not each time.
      refresh ||= window.setTimeout(() => {
        refresh = 0;
        void client.invalidateQueries({ queryKey: ['documents'] });
        void client.invalidateQueries({ queryKey: ['collections'] });
        // No longer empty: sample documents are not offered any more.
        if (client.getQueryData(sessionQuery.queryKey)?.samples) {
          void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
        }
      }, 1200);
    };
    const onDocument = (event: MessageEvent<string>) => {
      const row = JSON.parse(event.data) as DocumentRow;
      uploadStore.moved(row.id, row.status);
      const known = mergeRow(client, row);
      if (!known || SETTLED.has(row.status)) refreshSoon();
      void client.invalidateQueries({ queryKey: ['document', row.id] });
    };
    const connect = () => {
      source = new EventSource(eventsUrl());
      source.addEventListener('open', () => setLive(true));
      source.addEventListener('document', onDocument);
      source.addEventListener('generation', () => {
        void client.invalidateQueries({ queryKey: ['generations'] });
      });
      source.addEventListener('error', () => {
        setLive(false);
        if (source?.readyState !== EventSource.CLOSED) return; // the browser reconnects by itself
        again = window.setTimeout(connect, 10_000);
      });
    };
    connect();
    return () => {
      source?.close();
      setLive(false);
      window.clearTimeout(again);
      window.clearTimeout(refresh);
    };
  }, [client]);
}
