import { describe, expect, it } from 'vitest';
import { decodeBoxes, encodeBoxes, imageWidth, placeOf } from '~/features/document/boxes';

describe('boxes in the address', () => {
  it('come back as they went, rounded outwards to whole points', () => {
    const text = encodeBoxes([{ page: 3, box: [72.4, 100.9, 519.2, 112] }]);
    expect(text).toBe('3:72,100,520,112');
    expect(decodeBoxes(text)).toEqual([{ page: 3, box: [72, 100, 520, 112] }]);
  });

  it('leave out what is not a box', () => {
    expect(decodeBoxes('x;1:2,3;1:9,9,1,1;<script>;2:0,0,5,5')).toEqual([
      { page: 2, box: [0, 0, 5, 5] },
    ]);
    expect(decodeBoxes(undefined)).toEqual([]);
    expect(encodeBoxes([])).toBeUndefined();
  });
});

describe('a box on its page', () => {
  it('stands in percent of the page', () => {
    expect(placeOf([59.5, 84.2, 119, 168.4], { width: 595, height: 842 })).toEqual({
      left: '10.000%',
      top: '10.000%',
      width: '10.000%',
      height: '10.000%',
    });
  });
});

describe('the width of a page image', () => {
  it('is one of few, at least what is shown', () => {
    expect(imageWidth(92, 1)).toBe(200);
    expect(imageWidth(1000, 1)).toBe(1200);
    expect(imageWidth(1000, 2)).toBe(2400);
    expect(imageWidth(5000, 3)).toBe(2400);
  });
});
