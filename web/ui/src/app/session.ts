/** Who is signed in, and what the server allows. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { setCsrfToken } from '~/api/client';
import { getCollections, getSession } from '~/api/endpoints';
import type { Session } from '~/api/types';

export function remember(session: Session): Session {
  setCsrfToken(session.csrf_token);
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => remember(await getSession()),
  staleTime: Number.POSITIVE_INFINITY,
});

export const collectionsQuery = queryOptions({
  queryKey: ['collections'],
  queryFn: getCollections,
  staleTime: 30_000,
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}
