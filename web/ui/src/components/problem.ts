/** An error in the reader's words: the server's own sentence whenever there is one. */
import { notifications } from '@mantine/notifications';
import type { TFunction } from 'i18next';
import { ApiError, Unreachable } from '~/api/problems';

export function sentenceOf(error: unknown, t: TFunction): string {
  if (error instanceof ApiError) {
    const { detail, title, status } = error.problem;
    return detail || title || t('error.plain', { status });
  }
  if (error instanceof Unreachable) return t('error.unreachable');
  return t('error.crash');
}

export function notifyError(error: unknown, t: TFunction): void {
  notifications.show({ color: 'red', message: sentenceOf(error, t), autoClose: 10_000 });
}

export function notifyDone(message: string): void {
  notifications.show({ message, color: 'ink' });
}
