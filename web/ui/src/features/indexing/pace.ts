/** How a build goes, in figures a person can use. */
import type { Generation } from '~/api/indexing';

type Pace = NonNullable<Generation['pace']>;

export type PaceKind = 'fullSpeed' | 'unhindered' | 'standsBack';

export function kindOf(pace: Pace): PaceKind {
  if (pace.now_ms === null) return 'fullSpeed';
  return pace.share < 1 ? 'standsBack' : 'unhindered';
}

/** Seconds a build still needs at the speed of its last slice; null while that is unknown. */
export function secondsLeft(generation: Generation): number | null {
  const { progress, pace, state } = generation;
  if (!progress || !pace || state !== 'building') return null;
  const rate = pace.passages_per_second * pace.share;
  if (rate <= 0) return null;
  return Math.max(0, progress.total - progress.done) / rate;
}
