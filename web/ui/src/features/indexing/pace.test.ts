import { describe, expect, it } from 'vitest';
import type { Generation } from '~/api/indexing';
import { kindOf, secondsLeft } from './pace';

const pace = {
  share: 0.5,
  target_ms: 60,
  before_ms: 40,
  now_ms: 80,
  passages_per_second: 100,
};
const building = {
  state: 'building',
  progress: { done: 200, total: 1200 },
  pace,
} as Generation;

describe('the pace of a build', () => {
  it('says what holds it back', () => {
    expect(kindOf({ ...pace, now_ms: null })).toBe('fullSpeed');
    expect(kindOf({ ...pace, share: 1 })).toBe('unhindered');
    expect(kindOf(pace)).toBe('standsBack');
  });

  it('tells the time left by the share of the time that it works', () => {
    expect(secondsLeft(building)).toBe(20);
  });

  it('is silent while it is paused or nothing was measured', () => {
    expect(secondsLeft({ ...building, state: 'paused' })).toBeNull();
    expect(secondsLeft({ ...building, pace: null })).toBeNull();
  });
});
