/** Calls of the index: generations, golden queries, schedules; the first screen needs none. */
import { body, client } from '~/api/client';
import type { components } from '~/api/schema';

type Shapes = components['schemas'];

export type Generation = Shapes['GenerationOut'];
export type Gate = Shapes['GateOut'];
export type SideBySide = Shapes['SideBySide'];
export type Golden = Shapes['GoldenOut'];
export type Schedule = Shapes['ScheduleOut'];
export type Flip = Shapes['Flip'];
export type Missed = Shapes['Missed'];
export type NewSchedule = Shapes['ScheduleIn'];

const generation = (id: number) => ({ params: { path: { generation_id: id } } });

export const getGenerations = () => body(client.GET('/api/v1/generations'));
export const getGeneration = (id: number) =>
  body(client.GET('/api/v1/generations/{generation_id}', generation(id)));
export const buildGeneration = (collection: number | null, flip: Flip, embedder: string) =>
  body(
    client.POST('/api/v1/generations', { body: { collection, flip, embedder: embedder || null } }),
  );
export const activateGeneration = (id: number, anyway = false) =>
  body(
    client.POST('/api/v1/generations/{generation_id}/activate', {
      ...generation(id),
      body: { anyway },
    }),
  );
export const rollBack = () => body(client.POST('/api/v1/generations/rollback'));
export const pauseGeneration = (id: number) =>
  body(client.POST('/api/v1/generations/{generation_id}/pause', generation(id)));
export const resumeGeneration = (id: number) =>
  body(client.POST('/api/v1/generations/{generation_id}/resume', generation(id)));
export const cancelGeneration = (id: number) =>
  body(client.DELETE('/api/v1/generations/{generation_id}', generation(id)));

export const getGolden = () => body(client.GET('/api/v1/golden-queries'));
export const keepGolden = (query: string, documents: number[]) =>
  body(client.POST('/api/v1/golden-queries', { body: { query, documents } }));
export const removeGolden = (id: number) =>
  body(client.DELETE('/api/v1/golden-queries/{query_id}', { params: { path: { query_id: id } } }));

export const getSchedules = () => body(client.GET('/api/v1/schedules'));
export const addSchedule = (wanted: NewSchedule) =>
  body(client.POST('/api/v1/schedules', { body: wanted }));
export const removeSchedule = (id: number) =>
  body(client.DELETE('/api/v1/schedules/{schedule_id}', { params: { path: { schedule_id: id } } }));
