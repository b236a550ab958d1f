import { describe, expect, it } from 'vitest';
import type { ReviewItem } from '~/api/curate';
import { currentOf, START, type Step, step, waiting } from '~/features/review/queue';

const item = (id: number, name: string) =>
  ({
    document: { id },
    uncertainty: 0.5,
    probabilities: [{ name, name_zh: name, name_en: name, probability: 0.4 }],
  }) as ReviewItem;

const ITEMS = [item(1, 'deed'), item(2, 'memo'), item(3, 'deed'), item(4, 'memo')];

/** The state after some steps, as the screen would take them. */
function walk(...steps: Step[]) {
  return steps.reduce((state, one) => step(state, waiting(ITEMS, state, ''), one), START);
}
const at = (state: typeof START) =>
  currentOf(waiting(ITEMS, state, ''), state)?.document.id ?? null;

describe('the queue', () => {
  it('begins at the most uncertain and moves within its ends', () => {
    expect(at(START)).toBe(1);
    expect(at(walk({ do: 'move', by: 1 }))).toBe(2);
    expect(at(walk({ do: 'move', by: -1 }))).toBe(1);
  });

  it('goes on to the next one after a decision, and back to the first at the end', () => {
    expect(at(walk({ do: 'decide', ids: [1] }))).toBe(2);
    expect(at(walk({ do: 'go', to: 4 }, { do: 'decide', ids: [4] }))).toBe(1);
  });

  it('passes over what was skipped until it is asked for again', () => {
    const skipped = walk({ do: 'skip' }, { do: 'decide', ids: [2] }, { do: 'decide', ids: [3, 4] });
    expect(at(skipped)).toBe(null);
    const shown = waiting(ITEMS, skipped, '');
    expect(shown.map((one) => one.document.id)).toEqual([1]);
    expect(at(step(skipped, shown, { do: 'again' }))).toBe(1);
  });

  it('takes a bulk decision back as one', () => {
    const done = walk({ do: 'decide', ids: [1] }, { do: 'decide', ids: [2, 3] });
    expect(done.undo).toEqual([[1], [2, 3]]);
    const back = step(done, waiting(ITEMS, done, ''), { do: 'undone', ids: [2, 3] });
    expect(back.undo).toEqual([[1]]);
    expect(at(back)).toBe(2);
  });

  it('shows again what the server refused', () => {
    const failed = walk({ do: 'decide', ids: [1, 2] }, { do: 'failed', ids: [2] });
    expect(failed.undo).toEqual([[1]]);
    expect(at(failed)).toBe(2);
  });

  it('keeps the place when others are decided, and drops them from the selection', () => {
    const state = walk(
      { do: 'go', to: 2 },
      { do: 'select', ids: [1, 3], on: true },
      { do: 'decide', ids: [1, 3] },
    );
    expect([at(state), state.selected]).toEqual([2, []]);
  });

  it('filters by what is proposed', () => {
    expect(waiting(ITEMS, START, 'memo').map((one) => one.document.id)).toEqual([2, 4]);
  });
});
