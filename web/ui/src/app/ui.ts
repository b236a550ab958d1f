/** Which dialog of the frame is open; reachable from any screen. */
import { useSyncExternalStore } from 'react';

type Shown = 'upload' | 'palette' | 'shortcuts' | null;

let shown: Shown = null;
const listeners = new Set<() => void>();

function show(next: Shown): void {
  shown = next;
  for (const notify of listeners) notify();
}

const controls = { open: (what: NonNullable<Shown>) => show(what), close: () => show(null) };

export function useUi() {
  const now = useSyncExternalStore(
    (notify) => {
      listeners.add(notify);
      return () => listeners.delete(notify);
    },
    () => shown,
  );
  return { shown: now, ...controls };
}
