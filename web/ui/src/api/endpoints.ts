/** Every call the screens make, one function each; paths and shapes are checked by the types. */
import { body, client } from '~/api/client';
import type { paths } from '~/api/schema';
import type {
  DocumentHits,
  DocumentPage,
  JobState,
  SearchMode,
  SearchResult,
  TextPages,
} from '~/api/types';

const V1 = '/api/v1';

// Session -------------------------------------------------------------------------------------

export const getSession = () => body(client.GET('/api/v1/session'));

type Credentials = { name: string; password: string } | { link_token: string };
export const signIn = (given: Credentials) =>
  body(
    client.POST('/api/v1/session', {
      body: { name: '', password: '', link_token: '', ...given },
    }),
  );
export const signOut = () => body(client.DELETE('/api/v1/session'));
export const setPassword = (given: { current?: string; new: string }) =>
  body(client.PUT('/api/v1/session/password', { body: given }));

// Collections ---------------------------------------------------------------------------------

export const getCollections = () => body(client.GET('/api/v1/collections'));
export const createCollection = (name: string) =>
  body(client.POST('/api/v1/collections', { body: { name } }));
export const renameCollection = (id: number, name: string) =>
  body(
    client.PATCH('/api/v1/collections/{collection_id}', {
      params: { path: { collection_id: id } },
      body: { name },
    }),
  );
export const deleteCollection = (id: number) =>
  body(
    client.DELETE('/api/v1/collections/{collection_id}', {
      params: { path: { collection_id: id } },
    }),
  );

// Documents -----------------------------------------------------------------------------------

type ListQuery = NonNullable<paths['/api/v1/documents']['get']['parameters']['query']>;
export type DocumentFilter = Omit<ListQuery, 'cursor' | 'limit'>;

const one = (id: number) => ({ path: { document_id: id } });

export const getDocuments = (filter: DocumentFilter, cursor: string | null, limit: number) =>
  body<DocumentPage>(
    client.GET('/api/v1/documents', { params: { query: { ...filter, cursor, limit } } }),
  );
/** Take in the sample documents; administrators only. */
export const addSamples = () => body(client.POST('/api/v1/samples'));
export const getDocument = (id: number) =>
  body(client.GET('/api/v1/documents/{document_id}', { params: one(id) }));
export const getText = (id: number, page: number) =>
  body(
    client.GET('/api/v1/documents/{document_id}/text', { params: { ...one(id), query: { page } } }),
  ) as Promise<TextPages>; // here and below: openapi-fetch widens tuples such as boxes
export const getDocumentHits = (id: number, q: string, signal: AbortSignal) =>
  body(
    client.GET('/api/v1/documents/{document_id}/hits', {
      params: { ...one(id), query: { q } },
      signal,
    }),
  ) as Promise<DocumentHits>;

export interface DocumentChange {
  category?: string | null;
  title?: string;
  collection?: number;
}
export const patchDocument = (id: number, change: DocumentChange) =>
  body(client.PATCH('/api/v1/documents/{document_id}', { params: one(id), body: change }));
export const deleteDocument = (id: number) =>
  body(client.DELETE('/api/v1/documents/{document_id}', { params: one(id) }));
export const purgeDocument = (id: number) =>
  body(
    client.DELETE('/api/v1/documents/{document_id}', {
      params: { ...one(id), query: { purge: true } },
    }),
  );
export const restoreDocument = (id: number) =>
  body(client.POST('/api/v1/documents/{document_id}/restore', { params: one(id) }));
export const retryDocument = (id: number) =>
  body(client.POST('/api/v1/documents/{document_id}/retry', { params: one(id) }));

export const cancelDocument = (id: number) =>
  body(client.POST('/api/v1/documents/{document_id}/cancel', { params: one(id) }));

// Reading -------------------------------------------------------------------------------------

export const getJobs = (state: JobState | null, cursor: string | null, limit: number) =>
  body(client.GET('/api/v1/jobs', { params: { query: { state, cursor, limit } } }));
export const getWorstPages = (collection: number | null, cursor: string | null, limit: number) =>
  body(client.GET('/api/v1/pages', { params: { query: { collection, cursor, limit } } }));
export const rereadPage = (id: number, number: number) =>
  body(
    client.POST('/api/v1/documents/{document_id}/pages/{number}/reread', {
      params: { path: { document_id: id, number } },
      body: { engine: '' },
    }),
  );

// Addresses that the browser itself opens.
export const pageImageUrl = (id: number, page: number, width: number) =>
  `${V1}/documents/${id}/pages/${page}.png?width=${width}`;
export const originalUrl = (id: number) => `${V1}/documents/${id}/original`;
export const uploadUrl = () => `${V1}/documents`;
export const eventsUrl = () => `${V1}/events`;

// Search --------------------------------------------------------------------------------------

/** Values of a facet, joined by commas: "pdf,docx". */
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

const values = (joined: string | undefined) => joined?.split(',').filter(Boolean) ?? [];

export const search = (request: SearchRequest, k: number, offset: number, signal: AbortSignal) =>
  body(
    client.GET('/api/v1/search', {
      params: {
        query: {
          q: request.q,
          mode: request.mode,
          collection: values(request.collection),
          category: values(request.category),
          language: values(request.language),
          format: values(request.format),
          k,
          offset,
        },
      },
      signal,
    }),
  ) as Promise<SearchResult>;
export const suggest = (q: string, signal: AbortSignal) =>
  body(client.GET('/api/v1/suggest', { params: { query: { q } }, signal }));

// Taxonomy ------------------------------------------------------------------------------------

export const getTaxonomies = () => body(client.GET('/api/v1/taxonomies'));
