/** What the URL says: filters, page and query, as plain readable parameters. */
import type { DocumentFilter } from '~/api/endpoints';
import type { JobState, SearchMode } from '~/api/types';

type Raw = Record<string, unknown>;

/** Plain `a=b&c=d`; TanStack's default would write JSON into the address. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Raw): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

const text = (raw: Raw, key: string): string | undefined => {
  const value = raw[key];
  return value === undefined || value === '' ? undefined : String(value);
};

const whole = (raw: Raw, key: string): number | undefined => {
  const value = Number(text(raw, key));
  return Number.isInteger(value) && value > 0 ? value : undefined;
};

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}

export interface SearchParams {
  q?: string;
  mode?: SearchMode;
  collection?: string;
  category?: string;
  language?: string;
  format?: string;
}

const MODES: readonly string[] = ['hybrid', 'lexical', 'vector'];

export function searchParams(raw: Raw): SearchParams {
  const mode = text(raw, 'mode');
  return defined({
    q: text(raw, 'q'),
    mode: mode && MODES.includes(mode) && mode !== 'hybrid' ? (mode as SearchMode) : undefined,
    collection: text(raw, 'collection'),
    category: text(raw, 'category'),
    language: text(raw, 'language'),
    format: text(raw, 'format'),
  } as SearchParams);
}

type Sort = NonNullable<DocumentFilter['sort']>;
const SORTS: readonly string[] = ['created', '-created', 'name', '-name', 'size', '-size'];

export interface DocumentsParams {
  q?: string;
  status?: string;
  collection?: number;
  category?: string;
  format?: string;
  sort?: Sort;
  trash?: boolean;
}

export function documentsParams(raw: Raw): DocumentsParams {
  const sort = text(raw, 'sort');
  return defined({
    q: text(raw, 'q'),
    status: text(raw, 'status'),
    collection: whole(raw, 'collection'),
    category: text(raw, 'category'),
    format: text(raw, 'format'),
    sort: sort && SORTS.includes(sort) ? sort : undefined,
    trash: text(raw, 'trash') === 'true' ? true : undefined,
  } as DocumentsParams);
}

export interface DocumentParams {
  page?: number;
  q?: string;
  /** The boxes of the passage that brought the reader here; see `boxes.ts`. */
  at?: string;
  tab?: string;
}

export function documentParams(raw: Raw): DocumentParams {
  return defined({
    page: whole(raw, 'page'),
    q: text(raw, 'q'),
    at: text(raw, 'at'),
    tab: text(raw, 'tab'),
  } as DocumentParams);
}

export interface SigninParams {
  token?: string;
  to?: string;
}

/** `to` must stay on this site: one leading slash, nothing that names a host. */
export function signinParams(raw: Raw): SigninParams {
  const to = text(raw, 'to');
  return defined({
    token: text(raw, 'token'),
    to: to && /^\/(?![/\\])/.test(to) ? to : undefined,
  } as SigninParams);
}

export interface JobsParams {
  state?: JobState;
}

const JOB_STATES: readonly string[] = ['queued', 'running', 'done', 'failed', 'cancelled'];

export function jobsParams(raw: Raw): JobsParams {
  const state = text(raw, 'state');
  return state && JOB_STATES.includes(state) ? { state: state as JobState } : {};
}

export interface PagesParams {
  collection?: number;
}

export function pagesParams(raw: Raw): PagesParams {
  return defined({ collection: whole(raw, 'collection') } as PagesParams);
}

export interface ReviewParams {
  collection?: number;
}

export const reviewParams: (raw: Raw) => ReviewParams = pagesParams;

export interface LabelsParams {
  taxonomy?: string;
  show?: 'examples';
}

export function labelsParams(raw: Raw): LabelsParams {
  const show = text(raw, 'show') === 'examples' ? 'examples' : undefined;
  return defined({ taxonomy: text(raw, 'taxonomy'), show } as LabelsParams);
}
