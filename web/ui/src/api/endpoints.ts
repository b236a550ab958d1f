/** Every call the screens make, one function each. */
import { call, urlOf } from '~/api/client';
import type {
  Collection,
  DocumentDetail,
  DocumentHits,
  DocumentPage,
  DocumentRow,
  Generation,
  Page,
  SearchMode,
  SearchResult,
  Session,
  Suggestion,
  Taxonomy,
  TextPage,
} from '~/api/types';

export const getSession = () => call<Session>('GET', '/session');
export const signIn = (body: { name: string; password: string } | { link_token: string }) =>
  call<Session>('POST', '/session', { body });
export const signOut = () => call<void>('DELETE', '/session');
export const setPassword = (body: { current?: string; new: string }) =>
  call<void>('PUT', '/session/password', { body });

export const getCollections = () =>
  call<Page<Collection>>('GET', '/collections', { query: { limit: 200 } });
export const createCollection = (name: string) =>
  call<Collection>('POST', '/collections', { body: { name } });
export const renameCollection = (id: number, name: string) =>
  call<Collection>('PATCH', `/collections/${id}`, { body: { name } });
export const deleteCollection = (id: number) => call<void>('DELETE', `/collections/${id}`);

export interface DocumentFilter {
  collection?: number;
  status?: string;
  format?: string;
  category?: string;
  language?: string;
  q?: string;
  trash?: boolean;
  sort?: string;
}

export const getDocuments = (filter: DocumentFilter, cursor: string | null, limit: number) =>
  call<DocumentPage>('GET', '/documents', { query: { ...filter, cursor, limit } });
export const getDocument = (id: number) => call<DocumentDetail>('GET', `/documents/${id}`);
export const getText = (id: number, page: number) =>
  call<{ pages: TextPage[] }>('GET', `/documents/${id}/text`, { query: { page } });
export const getDocumentHits = (id: number, q: string, signal?: AbortSignal) =>
  call<DocumentHits>('GET', `/documents/${id}/hits`, { query: { q }, ...(signal && { signal }) });
export const patchDocument = (
  id: number,
  body: { category?: string | null; title?: string; collection?: number },
) => call<DocumentRow>('PATCH', `/documents/${id}`, { body });
export const deleteDocument = (id: number) => call<void>('DELETE', `/documents/${id}`);
export const purgeDocument = (id: number) =>
  call<void>('DELETE', `/documents/${id}`, { query: { purge: true } });
export const restoreDocument = (id: number) =>
  call<DocumentRow>('POST', `/documents/${id}/restore`);
export const retryDocument = (id: number) => call<DocumentRow>('POST', `/documents/${id}/retry`);
export const pageImageUrl = (id: number, page: number, width: number) =>
  urlOf(`/documents/${id}/pages/${page}.png`, { width });
export const originalUrl = (id: number) => urlOf(`/documents/${id}/original`);
export const uploadUrl = () => urlOf('/documents');
export const eventsUrl = () => urlOf('/events');

export interface SearchFilter {
  collection?: string;
  category?: string;
  language?: string;
  format?: string;
}

export interface SearchRequest extends SearchFilter {
  q: string;
  mode: SearchMode;
}

export const search = (request: SearchRequest, k: number, offset: number, signal?: AbortSignal) =>
  call<SearchResult>('GET', '/search', {
    query: { ...request, k, offset },
    ...(signal && { signal }),
  });
export const suggest = (q: string, signal?: AbortSignal) =>
  call<{ items: Suggestion[] }>('GET', '/suggest', { query: { q }, ...(signal && { signal }) });

export const getTaxonomies = () => call<Page<Taxonomy>>('GET', '/taxonomies');
export const putTaxonomy = (taxonomy: Taxonomy) =>
  call<Taxonomy>('PUT', `/taxonomies/${encodeURIComponent(taxonomy.name)}`, { body: taxonomy });
export const getGenerations = () => call<Page<Generation>>('GET', '/generations');
export const buildGeneration = () => call<Generation>('POST', '/generations', { body: {} });
export const activateGeneration = (id: number) =>
  call<Generation>('POST', `/generations/${id}/activate`);
export const pauseGeneration = (id: number) => call<Generation>('POST', `/generations/${id}/pause`);
export const resumeGeneration = (id: number) =>
  call<Generation>('POST', `/generations/${id}/resume`);
export const cancelGeneration = (id: number) => call<void>('DELETE', `/generations/${id}`);
