/** Calls of the screens of trainings and models; apart, since the first screen needs none. */
import { body, client } from '~/api/client';
import type { components } from '~/api/schema';

type Shapes = components['schemas'];

export type Plan = Shapes['PlanIn'];
export type Task = NonNullable<Plan['task']>;
export type Method = NonNullable<Plan['method']>;
export type Training = Shapes['TrainingOut'];
export type TrainingDetail = Shapes['TrainingDetail'];
export type Estimate = Shapes['EstimateOut'];
export type LabelCount = Shapes['LabelCount'];
export type Model = Shapes['ModelOut'];
export type ModelDetail = Omit<Shapes['ModelDetail'], 'report' | 'gate'> & {
  report: Report;
  gate: Verdict | null;
};
export type Base = Shapes['BaseOut'];
export type Redo = Shapes['RedoOut'];
export type Usage = Shapes['UsageRow'];
export type Figures = Record<string, number>;

/** What the gate said; `reasons` is empty when the model passed. */
export interface Verdict {
  passed: boolean;
  against: string;
  margins: { overall: number; of_class: number };
  reasons: { en: string; zh: string }[];
  overall: Record<string, { challenger: number; serving?: number; difference?: number }>;
  classes: {
    label: string;
    support: number;
    serving: number | null;
    challenger: number;
    difference: number | null;
  }[];
  baselines: Record<string, Figures>;
}

/** `report.json` beside a model; which parts there are depends on how it was trained. */
export interface Report {
  labels?: string[];
  per_class?: { label: string; precision: number; recall: number; f1: number; support: number }[];
  confusion?: number[][];
  abstain?: { threshold: number; accepted_share: number; precision: number }[];
  wanted_precision?: number;
  threshold?: number;
  errors?: Misjudged[];
  training?: { curve?: Figures[]; search?: Figures[]; latency_tokens?: number; device?: string };
}

export interface Misjudged {
  at: number;
  truth: string;
  said: string;
  confidence: number;
  document?: number | null;
  name?: string;
  excerpt?: string;
}

const one = (training_id: number) => ({ params: { path: { training_id } } });
const named = (name: string) => ({ params: { path: { name } } });
const redo = (redo_id: number) => ({ params: { path: { redo_id } } });

export const getTrainings = (cursor: string | null, limit: number) =>
  body(client.GET('/api/v1/trainings', { params: { query: { cursor, limit } } }));
export const getTraining = (id: number) =>
  body(client.GET('/api/v1/trainings/{training_id}', one(id)));
export const estimateTraining = (plan: Plan) =>
  body(client.POST('/api/v1/trainings/estimate', { body: plan }));
export const startTraining = (plan: Plan) => body(client.POST('/api/v1/trainings', { body: plan }));
export const cancelTraining = (id: number) =>
  body(client.POST('/api/v1/trainings/{training_id}/cancel', one(id)));
export const retryTraining = (id: number) =>
  body(client.POST('/api/v1/trainings/{training_id}/retry', one(id)));

export const getLabelCounts = (taxonomy: string) =>
  body(client.GET('/api/v1/labels/counts', { params: { query: { taxonomy } } }));

export const getModels = () => body(client.GET('/api/v1/models'));
export const getModel = (name: string) =>
  body(client.GET('/api/v1/models/{name}', named(name))) as unknown as Promise<ModelDetail>;
export const getBases = () => body(client.GET('/api/v1/models/bases'));
export const getUsage = () => body(client.GET('/api/v1/models/usage'));
export const judgeModel = (name: string) =>
  body(client.POST('/api/v1/models/{name}/gate', named(name))) as unknown as Promise<Verdict>;
export const promoteModel = (name: string) =>
  body(client.POST('/api/v1/models/{name}/promote', named(name)));
export const rollBack = (task: Task, taxonomy: string) =>
  body(client.POST('/api/v1/models/rollback', { body: { task, taxonomy } }));
export const getStale = () => body(client.GET('/api/v1/models/stale'));
export const getRedos = () => body(client.GET('/api/v1/models/redos'));
export const startRedo = (per_minute: number) =>
  body(client.POST('/api/v1/models/redo', { body: { per_minute } }));
export const steerRedo = (id: number, what: 'pause' | 'resume' | 'cancel') => {
  if (what === 'pause') return body(client.POST('/api/v1/models/redos/{redo_id}/pause', redo(id)));
  if (what === 'resume')
    return body(client.POST('/api/v1/models/redos/{redo_id}/resume', redo(id)));
  return body(client.POST('/api/v1/models/redos/{redo_id}/cancel', redo(id)));
};
