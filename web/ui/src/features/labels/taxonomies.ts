/** Which labels a document can have, and who may change them. */
import { useQuery } from '@tanstack/react-query';
import type { Label, Taxonomy } from '~/api/types';
import { collectionsQuery, useSession } from '~/app/session';
import { taxonomiesQuery } from '~/features/document/queries';

/** The taxonomy that a collection uses. */
export function useTaxonomyOf(collection: number | undefined): Taxonomy | undefined {
  const { data } = useQuery(taxonomiesQuery);
  if (collection === undefined) return undefined;
  const own = data?.items.find((one) => one.collections?.some((each) => each.id === collection));
  return own ?? data?.items[0];
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
