/** The queue as a value: what waits, where one stands, what was decided and can be taken back. */
import type { ReviewItem } from '~/api/curate';

export interface QueueState {
  /** Ids of documents that were decided here. */
  decided: readonly number[];
  skipped: readonly number[];
  selected: readonly number[];
  current: number | null;
  /** What `undo` takes back, newest last; a bulk decision is one. */
  undo: readonly (readonly number[])[];
}

export const START: QueueState = {
  decided: [],
  skipped: [],
  selected: [],
  current: null,
  undo: [],
};

export type Step =
  | { do: 'move'; by: 1 | -1 }
  | { do: 'go'; to: number }
  | { do: 'skip' }
  | { do: 'again' }
  | { do: 'decide'; ids: readonly number[] }
  | { do: 'failed'; ids: readonly number[] }
  | { do: 'undone'; ids: readonly number[] }
  | { do: 'select'; ids: readonly number[]; on: boolean };

/** What the model would say, had it to decide. */
export const proposalOf = (item: ReviewItem) => item.probabilities[0];

/** Those that wait and match the filter, in the server's order. */
export function waiting(
  items: readonly ReviewItem[],
  state: QueueState,
  proposal: string,
): ReviewItem[] {
  const decided = new Set(state.decided);
  return items.filter(
    (item) => !decided.has(item.document.id) && (!proposal || proposalOf(item)?.name === proposal),
  );
}

/** Where one stands: the chosen one while it waits, else the first that was not skipped. */
export function currentOf(shown: readonly ReviewItem[], state: QueueState): ReviewItem | undefined {
  const chosen = shown.find((item) => item.document.id === state.current);
  return chosen ?? shown.find((item) => !state.skipped.includes(item.document.id));
}

function idsOf(shown: readonly ReviewItem[]): number[] {
  return shown.map((item) => item.document.id);
}

/** The next id behind `from` that waits and is in none of `without`; round the end once. */
function after(ids: readonly number[], from: number, without: ReadonlySet<number>): number | null {
  const at = ids.indexOf(from);
  const order = [...ids.slice(at + 1), ...ids.slice(0, Math.max(at, 0))];
  return order.find((id) => !without.has(id)) ?? null;
}

/** One step; `shown` is what the list shows before it. */
export function step(state: QueueState, shown: readonly ReviewItem[], given: Step): QueueState {
  const ids = idsOf(shown);
  const here = currentOf(shown, state)?.document.id ?? null;
  switch (given.do) {
    case 'move': {
      const to = ids[here === null ? 0 : ids.indexOf(here) + given.by];
      return to === undefined ? state : { ...state, current: to };
    }
    case 'go':
      return { ...state, current: given.to };
    case 'skip': {
      if (here === null) return state;
      const skipped = [...new Set([...state.skipped, here])];
      return { ...state, skipped, current: after(ids, here, new Set(skipped)) };
    }
    case 'again':
      return { ...state, skipped: [], current: null };
    case 'decide': {
      const gone = new Set(given.ids);
      const stay = here !== null && !gone.has(here);
      return {
        ...state,
        decided: [...state.decided, ...given.ids],
        selected: state.selected.filter((id) => !gone.has(id)),
        current: stay ? here : after(ids, here ?? -1, new Set([...gone, ...state.skipped])),
        undo: [...state.undo, given.ids],
      };
    }
    case 'failed':
    case 'undone': {
      const back = new Set(given.ids);
      return {
        ...state,
        decided: state.decided.filter((id) => !back.has(id)),
        skipped: state.skipped.filter((id) => !back.has(id)),
        current: given.ids[0] ?? state.current,
        undo: state.undo
          .map((some) => some.filter((id) => !back.has(id)))
          .filter((some) => some.length > 0),
      };
    }
    case 'select': {
      const some = new Set(given.ids);
      const kept = state.selected.filter((id) => !some.has(id));
      return { ...state, selected: given.on ? [...kept, ...given.ids] : kept };
    }
  }
}
