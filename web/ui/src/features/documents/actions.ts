/** Doing one thing to many documents: a few at a time, telling how many did not succeed. */
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import {
  cancelDocument,
  deleteDocument,
  purgeDocument,
  restoreDocument,
  retryDocument,
} from '~/api/endpoints';
import { sentenceOf } from '~/components/problem';

export type Action = 'delete' | 'restore' | 'retry' | 'cancel' | 'purge';

const CALLS: Record<Action, (id: number) => Promise<unknown>> = {
  delete: deleteDocument,
  restore: restoreDocument,
  retry: retryDocument,
  cancel: cancelDocument,
  purge: purgeDocument,
};

const DONE = {
  delete: 'documents.deleted',
  restore: 'documents.restored',
  retry: 'documents.retried',
  cancel: 'documents.cancelled',
  purge: 'documents.purged',
} as const;

const AT_ONCE = 4;

export interface BulkResult {
  done: number[];
  errors: unknown[];
}

export async function forEach(
  ids: readonly number[],
  call: (id: number) => Promise<unknown>,
): Promise<BulkResult> {
  const result: BulkResult = { done: [], errors: [] };
  const queue = [...ids];
  const lane = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      try {
        await call(id);
        result.done.push(id);
      } catch (error) {
        result.errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return result;
}

export function useAct(): (action: Action, ids: readonly number[]) => Promise<BulkResult> {
  const { t } = useTranslation();
  const client = useQueryClient();
  return async (action, ids) => {
    const result = await forEach(ids, CALLS[action]);
    await Promise.all(
      ['documents', 'document', 'search', 'collections'].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    );
    if (result.done.length > 0) {
      notifications.show({ color: 'ink', message: t(DONE[action], { count: result.done.length }) });
    }
    if (result.errors.length > 0) {
      notifications.show({
        color: 'red',
        autoClose: 12_000,
        message: t('documents.partly', {
          failed: result.errors.length,
          reason: sentenceOf(result.errors[0], t),
        }),
      });
    }
    return result;
  };
}
