/** Keyboard shortcuts: single keys stay silent while someone types or composes. */
import { useEffect, useRef } from 'react';
import { singleKeysOn } from '~/app/preferences';

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="combobox"]';
const DIALOG = '[role="dialog"], [role="menu"], [role="listbox"]';

/** Whether a key press belongs to an input method, a text field or a dialog. */
export function isBusy(event: KeyboardEvent): boolean {
  if (event.isComposing || event.keyCode === 229) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return false;
  if (target.closest(DIALOG)) return true;
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return false;
  return target.closest(TYPING) !== null;
}

const PRESSING = new Set([' ', 'Enter']);

/** Space and Enter belong to a focused control; on a hit's link, Space is ours. */
function pressesSomething(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('[data-hit]')) return event.key === 'Enter';
  return Boolean(target?.closest('a, button, summary, input, [role="tab"]'));
}

/** Call the handler for `event.key` while this component is shown. */
export function useKeys(map: KeyMap, enabled = true): void {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (!singleKeysOn() || isBusy(event)) return;
      const handler = latest.current[event.key];
      if (!handler || (PRESSING.has(event.key) && pressesSomething(event))) return;
      event.preventDefault();
      handler(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [enabled]);
}
