/** Choices that belong to this browser, kept in local storage. */
import { useSyncExternalStore } from 'react';

const SINGLE_KEYS = 'zhiku-single-keys';
const PREVIEW = 'zhiku-preview';
const listeners = new Set<() => void>();

/** Everything is on until somebody switches it off. */
function read(key: string): boolean {
  try {
    return localStorage.getItem(key) !== 'off';
  } catch {
    return true;
  }
}

function write(key: string, on: boolean): void {
  try {
    localStorage.setItem(key, on ? 'on' : 'off');
  } catch {
    // Storage may be forbidden; the choice then lasts for this page only.
  }
}

let singleKeys = read(SINGLE_KEYS);

export function singleKeysOn(): boolean {
  return singleKeys;
}

export function setSingleKeys(on: boolean): void {
  singleKeys = on;
  write(SINGLE_KEYS, on);
  for (const notify of listeners) notify();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore((notify) => {
    listeners.add(notify);
    return () => listeners.delete(notify);
  }, singleKeysOn);
}

/** Whether the page of the selected hit shows beside the list. */
export const previewOn = () => read(PREVIEW);
export const setPreviewOn = (on: boolean) => write(PREVIEW, on);
