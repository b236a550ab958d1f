import { useEffect } from 'react';

/** The tab's title: the screen first, so that many tabs can be told apart. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · 知库 Zhiku` : '知库 Zhiku';
  }, [title]);
}
