/** What the screens of trainings ask for, and how often. */
import { queryOptions } from '@tanstack/react-query';
import { getBases, getTraining, type Training } from '~/api/loop';

const POLL = 1500;
/** How often to look for what others start. */
const IDLE = 15_000;

export function isUnfinished(training: { state: string }): boolean {
  return training.state === 'queued' || training.state === 'running';
}

export const listInterval = (rows: readonly { state: string }[]) =>
  rows.some(isUnfinished) ? POLL : IDLE;

export const trainingQuery = (id: number) =>
  queryOptions({
    queryKey: ['trainings', id],
    queryFn: () => getTraining(id),
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data) ? POLL : false),
  });

export const basesQuery = queryOptions({ queryKey: ['models', 'bases'], queryFn: getBases });

export const TONES: Record<string, string> = { done: 'ok', failed: 'bad', running: 'run' };

type States = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
export const stateOf = (training: Training) => training.state as States;
export const methodOf = (one: { method: string }) =>
  one.method as 'head' | 'lora' | 'qlora' | 'full';
export const taskOf = (one: { task: string }) => one.task as 'classifier' | 'summariser';
