/** Settings of a fine-tuning that are offered by name. */
import type { Method, Plan, Task } from '~/api/loop';

export const RECIPES = {
  standard: { learning_rate: 3e-5, epochs: 2 },
  adapter: { learning_rate: 2e-4, epochs: 3 },
  quick: { learning_rate: 1e-4, epochs: 1 },
} as const;
export type Recipe = keyof typeof RECIPES | 'own';

/** The form as typed; numbers are texts until they are sent. */
export interface Draft {
  task: Task;
  method: Method;
  taxonomy: string;
  base: string;
  recipe: Recipe;
  learningRate: string;
  epochs: string;
  rank: string;
  batch: string;
  tokens: string;
  search: boolean;
  precision: string;
}

export const FIRST: Draft = {
  task: 'classifier',
  method: 'head',
  taxonomy: '',
  base: '',
  recipe: 'standard',
  learningRate: '3e-5',
  epochs: '2',
  rank: '16',
  batch: '8',
  tokens: '512',
  search: false,
  precision: '0.98',
};

/** The draft with a change, and with what follows from it. */
export function changed(draft: Draft, change: Partial<Draft>): Draft {
  const next = { ...draft, ...change };
  if (next.task === 'summariser' && next.method === 'head') next.method = 'lora';
  if (change.recipe && change.recipe !== 'own') {
    const { learning_rate, epochs } = RECIPES[change.recipe];
    next.learningRate = learning_rate.toExponential();
    next.epochs = String(epochs);
  } else if (change.learningRate !== undefined || change.epochs !== undefined) {
    next.recipe = 'own';
  }
  return next;
}

const within = (text: string, low: number, high: number, whole = false) => {
  const value = Number(text);
  return text.trim() !== '' && value >= low && value <= high && (!whole || Number.isInteger(value));
};

/** Names of the fields that the server would refuse. */
export function wrongFields(draft: Draft): (keyof Draft)[] {
  if (draft.method === 'head') return [];
  const wrong: (keyof Draft)[] = [];
  if (!draft.base) wrong.push('base');
  if (!within(draft.learningRate, Number.MIN_VALUE, 1)) wrong.push('learningRate');
  if (!within(draft.epochs, 0.01, 100)) wrong.push('epochs');
  if (!within(draft.rank, 1, 512, true)) wrong.push('rank');
  if (!within(draft.batch, 1, 1024, true)) wrong.push('batch');
  if (!within(draft.tokens, 16, 32_768, true)) wrong.push('tokens');
  return wrong;
}

/** What is sent. A head has no recipe: the server's defaults stand. */
export function planOf(draft: Draft): Plan {
  const { task, method } = draft;
  const taxonomy = task === 'classifier' ? draft.taxonomy : '';
  const wanted_precision = Number(draft.precision);
  const common = { task, method, taxonomy, wanted_precision };
  if (method === 'head') return common as Plan;
  return {
    ...common,
    base: draft.base,
    learning_rate: Number(draft.learningRate),
    epochs: Number(draft.epochs),
    rank: Number(draft.rank),
    batch_size: Number(draft.batch),
    max_tokens: Number(draft.tokens),
    search: draft.search,
  } as Plan;
}
