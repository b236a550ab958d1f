/** Highlight ranges come from Python: they count characters (code points), not UTF-16 units. */

export interface Piece {
  start: number;
  text: string;
  marked: boolean;
}

/** Cut `text` at the ranges; overlaps are merged, what lies outside the text is cut off. */
export function piecesOf(
  text: string,
  ranges: readonly (readonly [number, number])[],
): readonly Piece[] {
  const characters = Array.from(text);
  const pieces: Piece[] = [];
  let at = 0;
  const push = (end: number, marked: boolean) => {
    if (end > at) pieces.push({ start: at, text: characters.slice(at, end).join(''), marked });
    at = Math.max(at, end);
  };
  for (const [start, end] of merged(ranges, characters.length)) {
    push(start, false);
    push(end, true);
  }
  push(characters.length, false);
  return pieces;
}

function merged(
  ranges: readonly (readonly [number, number])[],
  length: number,
): readonly (readonly [number, number])[] {
  const inside = ranges
    .map(([s, e]) => [Math.max(0, s), Math.min(length, e)] as [number, number])
    .filter(([s, e]) => e > s)
    .sort((a, b) => a[0] - b[0]);
  const result: [number, number][] = [];
  for (const range of inside) {
    const last = result.at(-1);
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
    else result.push(range);
  }
  return result;
}
