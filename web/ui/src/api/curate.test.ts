import { describe, expect, it } from 'vitest';
import { piecesOf } from '~/api/curate';

describe('a large file of rows', () => {
  it('is cut between lines, and each piece knows the lines before it', () => {
    expect(piecesOf('aaaa\nbbbb\ncc', 10)).toEqual([
      { text: 'aaaa\nbbbb', before: 0 },
      { text: 'cc', before: 2 },
    ]);
  });

  it('keeps a line that is too long whole, for the server to judge', () => {
    expect(piecesOf('aaaaaaaa\nb', 4).map((piece) => piece.text)).toEqual(['aaaaaaaa', 'b']);
  });

  it('keeps small files as they are', () => {
    expect(piecesOf('a\n\nb\n', 100)).toEqual([{ text: 'a\nb', before: 0 }]);
    expect(piecesOf('[\n{}\n]', 2)).toEqual([{ text: '[\n{}\n]', before: 0 }]);
  });
});
