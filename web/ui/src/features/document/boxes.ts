/** Boxes on a page: how they travel in the address and where they stand in percent. */
import type { Box } from '~/api/types';

export interface PageBox {
  page: number;
  box: Box;
}

/** Most boxes that an address carries; a passage has a few dozen lines at most. */
const MOST = 40;

/** "3:72,100,520,112;3:72,114,520,126": page, then the box in whole points. */
export function encodeBoxes(boxes: readonly PageBox[]): string | undefined {
  const text = boxes
    .slice(0, MOST)
    .map(({ page, box: [x0, y0, x1, y1] }) =>
      [`${page}:${Math.floor(x0)}`, Math.floor(y0), Math.ceil(x1), Math.ceil(y1)].join(','),
    )
    .join(';');
  return text || undefined;
}

/** The reverse; anything that is not a box is left out, since anyone can write an address. */
export function decodeBoxes(text: string | undefined): PageBox[] {
  return (text ?? '').split(';').flatMap((part) => {
    const match = /^(\d+):(-?\d+),(-?\d+),(-?\d+),(-?\d+)$/.exec(part);
    if (!match) return [];
    const [page, x0, y0, x1, y1] = match.slice(1).map(Number) as [number, ...Box];
    return x1 > x0 && y1 > y0 ? [{ page, box: [x0, y0, x1, y1] as Box }] : [];
  });
}

/** CSS position of a box on its page, in percent of the page. */
export function placeOf(box: Box, page: { width: number; height: number }) {
  const [x0, y0, x1, y1] = box;
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(3)}%`;
  return {
    left: percent(x0, page.width),
    top: percent(y0, page.height),
    width: percent(x1 - x0, page.width),
    height: percent(y1 - y0, page.height),
  };
}

/** The image widths we ask for: few, so that the server and the browser can keep them. */
const WIDTHS = [200, 400, 800, 1200, 1600, 2400] as const;

export function imageWidth(cssPixels: number, ratio: number): number {
  return WIDTHS.find((width) => width >= cssPixels * Math.min(ratio, 2) * 0.95) ?? 2400;
}
