/** Changing taxonomies: every list that shows labels is asked again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { undoChange, type Version } from '~/api/curate';
import { notifyDone, notifyError } from '~/components/problem';

const CONCERNED = [
  'taxonomies',
  'labels',
  'collections',
  'document',
  'documents',
  'review',
  'search',
  'models',
];

export function useRefresh(): () => Promise<unknown> {
  const client = useQueryClient();
  return () => Promise.all(CONCERNED.map((key) => client.invalidateQueries({ queryKey: [key] })));
}

/** Do a change, tell it, and close what asked for it. */
export function useChange<Given>(
  call: (given: Given) => Promise<unknown>,
  done: (given: Given) => string,
  onClose: () => void,
) {
  const { t } = useTranslation();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: call,
    onSuccess: async (_answer, given) => {
      await refresh();
      notifyDone(done(given));
      onClose();
    },
    onError: (error) => notifyError(error, t),
  });
}

/** Take the newest change of a taxonomy back. */
export function useUndo(taxonomy: string) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const refresh = useRefresh();
  const actionName = useActionName();
  return useMutation({
    mutationFn: () => undoChange(taxonomy),
    onSuccess: async (version) => {
      await refresh();
      notifyDone(t('change.undone', { action: actionName(version) }));
    },
    onError: (error) => notifyError(error, common),
  });
}

const ACTIONS = ['merge', 'rename', 'split', 'remove', 'change', 'import', 'undo'] as const;

/** "a and b merged into c". */
export function useActionName(): (version: Pick<Version, 'action' | 'facts'>) => string {
  const { t, i18n } = useTranslation('curate');
  const list = (value: unknown) =>
    Array.isArray(value) ? new Intl.ListFormat(i18n.language).format(value.map(String)) : '';
  return ({ action, facts }) => {
    const known = ACTIONS.find((one) => one === action);
    if (!known) return action;
    return t(`history.action.${known}`, {
      labels: list(facts.labels) || list(facts.into),
      into: String(facts.into ?? ''),
      label: String(facts.label ?? ''),
      to: String(facts.to ?? ''),
      of: String(facts.of ?? ''),
    });
  };
}
