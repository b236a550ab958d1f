import { describe, expect, it } from 'vitest';
import { wordRanges, wordsOf } from '~/features/document/find';

describe('words of a query', () => {
  it('keep codes whole and fold full-width letters', () => {
    expect(wordsOf('ＡＢ-12.3/x "合同" a')).toEqual(['ab-12.3/x', '合同']);
  });
});

describe('words in a text', () => {
  it('are found without regard to case, the longest first', () => {
    expect(wordRanges('The Contracts of a contract', 'contract contracts')).toEqual([
      [4, 13],
      [19, 27],
    ]);
  });

  it('are nowhere without a query', () => {
    expect(wordRanges('text', undefined)).toEqual([]);
    expect(wordRanges('text', ' … ')).toEqual([]);
  });
});
