/** Marking the words of a query in text that is shown as text. */

const HAN = /\p{Script=Han}/u;

/** The query's words: split at spaces and punctuation, quotes dropped, longest first. */
export function wordsOf(query: string | undefined): string[] {
  const words = (query ?? '')
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}_./-]+/u)
    .map((word) => word.replace(/^[./-]+|[./-]+$/g, ''))
    .filter((word) => word.length > 1 || HAN.test(word));
  return [...new Set(words)].sort((a, b) => b.length - a.length);
}

/** Where the words stand, in code points, as `Marked` wants them. */
export function wordRanges(text: string, query: string | undefined): [number, number][] {
  const words = wordsOf(query).map((word) => Array.from(word));
  if (words.length === 0) return [];
  const characters = Array.from(text, (c) => c.toLowerCase());
  const ranges: [number, number][] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const word = words.find((w) => w.every((c, i) => characters[at + i] === c));
    if (!word) continue;
    ranges.push([at, at + word.length]);
    at += word.length - 1;
  }
  return ranges;
}
