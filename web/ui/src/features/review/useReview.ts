/** The queue on the screen: asking, deciding and taking back. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getReview, type ReviewItem, takeBackCategory } from '~/api/curate';
import { patchDocument } from '~/api/endpoints';
import type { CategoryName } from '~/api/types';
import { notifyError } from '~/components/problem';
import { forEach } from '~/features/documents/actions';
import {
  currentOf,
  proposalOf,
  type QueueState,
  START,
  type Step,
  step,
  waiting,
} from '~/features/review/queue';
import { useFormat } from '~/i18n/format';

const LOADED = 200;
/** Lists that show a category. */
const CONCERNED = ['documents', 'document', 'search', 'taxonomies', 'labels', 'models'];

export type Review = ReturnType<typeof useReview>;

export function useReview(collection: number | undefined, proposal: string) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [state, setState] = useState<QueueState>(START);
  const [said, setSaid] = useState('');
  /** Decided documents, and whether the first suggestion was taken. */
  const [asSuggested, setAsSuggested] = useState<ReadonlyMap<number, boolean>>(new Map());
  const undoing = useRef(false);
  const sending = useRef<Promise<unknown>>(Promise.resolve());
  const found = useQuery({
    queryKey: ['review', collection ?? 0],
    queryFn: () => getReview(collection ?? null, LOADED),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const items = found.data?.items ?? [];
  const shown = waiting(items, state, proposal);
  const current = currentOf(shown, state);
  const take = (given: Step) => setState((now) => step(now, waiting(items, now, proposal), given));
  const left = (found.data?.total ?? 0) - (items.length - waiting(items, state, '').length);

  // More wait than were loaded, and those loaded are decided.
  const ranOut = found.data && waiting(items, state, '').length === 0 && left > 0;
  const { refetch, isFetching } = found;
  useEffect(() => {
    if (ranOut && !isFetching) void refetch();
  }, [ranOut, isFetching, refetch]);

  const refresh = () =>
    Promise.all(CONCERNED.map((key) => client.invalidateQueries({ queryKey: [key] })));

  const agreed = state.decided.filter((id) => asSuggested.get(id)).length;

  /** Put documents under a label, or each under its own proposal; null: none fits. */
  const decide = async (
    given: readonly ReviewItem[],
    category: (item: ReviewItem) => CategoryName | null | undefined,
  ) => {
    const wanted = new Map(
      given.flatMap((item) => {
        const label = category(item);
        return label === undefined ? [] : [[item.document.id, label?.name ?? null] as const];
      }),
    );
    const ids = [...wanted.keys()];
    const [first] = given;
    if (ids.length === 0 || !first) return;
    take({ do: 'decide', ids });
    const taken = given.map(
      (item) =>
        [item.document.id, wanted.get(item.document.id) === proposalOf(item)?.name] as const,
    );
    setAsSuggested((before) => new Map([...before, ...taken]));
    const name = format.category(category(first) ?? null);
    const document = first.document.title || first.document.name;
    if (ids.length > 1) setSaid(t('review.savedMany', { count: ids.length }));
    else
      setSaid(name ? t('review.saved', { document, name }) : t('review.savedNone', { document }));
    const sent = sending.current.then(() =>
      forEach(ids, (id) => patchDocument(id, { category: wanted.get(id) ?? null })),
    );
    sending.current = sent;
    const { done, errors } = await sent;
    if (errors.length > 0) {
      take({ do: 'failed', ids: ids.filter((id) => !done.includes(id)) });
      setSaid('');
      notifyError(errors[0], common);
    }
    await refresh();
  };

  const undo = async () => {
    const last = state.undo.at(-1);
    if (undoing.current) return;
    if (!last) {
      setSaid(t('review.nothingToUndo'));
      return;
    }
    // What is still on its way to the server cannot be taken back before it has arrived.
    undoing.current = true;
    const sent = sending.current.then(() => forEach(last, takeBackCategory));
    sending.current = sent;
    const { done, errors } = await sent;
    undoing.current = false;
    if (errors.length > 0) notifyError(errors[0], common);
    if (done.length > 0) {
      take({ do: 'undone', ids: done });
      setSaid(t('review.undone', { count: done.length }));
      if (!done.every((id) => items.some((item) => item.document.id === id))) await refetch();
    }
    await refresh();
  };

  return {
    found,
    items,
    shown,
    current,
    state,
    said,
    left,
    take,
    decide,
    undo,
    agreed,
    accept: (given: readonly ReviewItem[]) => decide(given, proposalOf),
  };
}
