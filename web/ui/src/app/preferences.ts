/** Choices that belong to this browser, kept in local storage. */
import { useSyncExternalStore } from 'react';

const KEY = 'zhiku-single-keys';
const listeners = new Set<() => void>();

function read(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

let singleKeys = read();

export function singleKeysOn(): boolean {
  return singleKeys;
}

export function setSingleKeys(on: boolean): void {
  singleKeys = on;
  try {
    localStorage.setItem(KEY, on ? 'on' : 'off');
  } catch {
    // Storage may be forbidden; the choice then lasts for this page only.
  }
  for (const notify of listeners) notify();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore((notify) => {
    listeners.add(notify);
    return () => listeners.delete(notify);
  }, singleKeysOn);
}
