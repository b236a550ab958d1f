import { describe, expect, it } from 'vitest';
import { extent, path } from './Chart';
import { formatAny, formatCompact, formatDifference, formatShare } from './figures';

describe('a chart', () => {
  it('has room where all values are equal', () => {
    expect(extent([2, 1, 3])).toEqual([1, 3]);
    expect(extent([5, 5])).toEqual([4.5, 5.5]);
    expect(extent([0])).toEqual([-1, 1]);
  });

  it('draws upwards, in a square of a hundred', () => {
    const points = [
      [0, 1],
      [10, 3],
    ] as const;
    expect(path(points, [0, 10], [1, 3])).toBe('M0.00 100.00L100.00 0.00');
  });

  it('shows a single point', () => {
    expect(path([[1, 1]], [0, 2], [0, 2])).toBe('M50.00 50.00h2');
  });
});

describe('figures of models', () => {
  it('are short and in the reader’s language', () => {
    expect(formatShare(0.9027, 'en')).toBe('90.3%');
    expect(formatShare(0.00119, 'en')).toBe('0.12%');
    expect(formatDifference(0.1083, 'en')).toBe('+0.108');
    expect(formatDifference(0, 'en')).toBe('0.000');
    expect(formatCompact(6_910_000_000, 'en')).toBe('6.9B');
    expect(formatCompact(6_910_000_000, 'zh-CN')).toBe('69.1亿');
    expect(formatAny(3e-5, 'en')).toBe('3e-5');
    expect(formatAny(1.23456, 'en')).toBe('1.235');
  });
});
