/** What the document's screens ask for. */
import { queryOptions } from '@tanstack/react-query';
import { getDocument, getDocumentHits, getTaxonomies } from '~/api/endpoints';

export const documentQuery = (id: number) =>
  queryOptions({ queryKey: ['document', id], queryFn: () => getDocument(id) });

export const hitsQuery = (id: number, q: string | undefined) =>
  queryOptions({
    queryKey: ['document-hits', id, q],
    queryFn: ({ signal }) => getDocumentHits(id, q ?? '', signal),
    enabled: Boolean(q?.trim()),
    staleTime: 60_000,
    retry: false,
  });

export const taxonomiesQuery = queryOptions({
  queryKey: ['taxonomies'],
  queryFn: getTaxonomies,
  staleTime: 60_000,
});
