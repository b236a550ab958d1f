import { describe, expect, it } from 'vitest';
import { piecesOf } from '~/components/highlights';

describe('highlights', () => {
  it('cuts a text at its ranges', () => {
    expect(piecesOf('用户权限管理', [[2, 4]])).toEqual([
      { start: 0, text: '用户', marked: false },
      { start: 2, text: '权限', marked: true },
      { start: 4, text: '管理', marked: false },
    ]);
  });

  it('counts characters, not UTF-16 units', () => {
    const marked = piecesOf('𠮷野家 📄 合同', [[6, 8]]).filter((piece) => piece.marked);
    expect(marked.map((piece) => piece.text)).toEqual(['合同']);
  });

  it('merges overlaps and keeps the whole text whatever the ranges', () => {
    const pieces = piecesOf('abcdef', [
      [3, 99],
      [-4, 2],
      [1, 4],
      [5, 5],
    ]);
    expect(pieces).toEqual([{ start: 0, text: 'abcdef', marked: true }]);
    expect(piecesOf('', [[0, 3]])).toEqual([]);
  });
});
