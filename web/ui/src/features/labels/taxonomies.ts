/** Which labels a document can have, and who may change them. */
import { useQuery } from '@tanstack/react-query';
import type { Label, Taxonomy } from '~/api/types';
import { collectionsQuery, useSession } from '~/app/session';
import { taxonomiesQuery } from '~/features/document/queries';

/** The taxonomy that a collection uses. */
export function useTaxonomyOf(collection: number | undefined): Taxonomy | undefined {
  const { data } = useQuery(taxonomiesQuery);
  return collection === undefined ? undefined : taxonomyOf(data?.items ?? [], collection);
}

/** The taxonomy that all of these collections use; none where they differ. */
export function useCommonTaxonomy(collections: readonly number[]): Taxonomy | undefined {
  const { data } = useQuery(taxonomiesQuery);
  const found = new Set(collections.map((one) => taxonomyOf(data?.items ?? [], one)));
  return found.size === 1 ? [...found][0] : undefined;
}

function taxonomyOf(all: readonly Taxonomy[], collection: number): Taxonomy | undefined {
  return all.find((one) => one.collections?.some((each) => each.id === collection)) ?? all[0];
}

/** Whether the person may decide about a collection's documents. */
export function useMayWrite(collection: number | undefined): boolean {
  const { data } = useQuery(collectionsQuery);
  return data?.items.find((one) => one.id === collection)?.may_write ?? false;
}

/** Administrators, and who manages any collection, look after the examples. */
export function useIsCurator(): boolean {
  const { user } = useSession();
  const { data } = useQuery(collectionsQuery);
  return user?.role === 'admin' || (data?.items.some((one) => one.may_manage) ?? false);
}

/** Labels whose names hold what was typed. */
export function matching(labels: readonly Label[], typed: string): Label[] {
  const wanted = typed.trim().toLowerCase();
  return labels.filter((label) =>
    `${label.name_zh} ${label.name_en} ${label.name}`.toLowerCase().includes(wanted),
  );
}
