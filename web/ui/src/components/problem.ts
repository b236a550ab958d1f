/** An error in the reader's words: the server's own sentence whenever there is one. */
import { notifications } from '@mantine/notifications';
import i18next, { type TFunction } from 'i18next';
import { ApiError, Unreachable } from '~/api/problems';

export function sentenceOf(error: unknown, t: TFunction): string {
  if (error instanceof ApiError) {
    const { detail, title, status } = error.problem;
    return detail || title || t('error.plain', { status });
  }
  if (error instanceof Unreachable) return t('error.unreachable');
  return t('error.crash');
}

/** The cross needs a name for those who do not see it. */
const closing = () => ({ closeButtonProps: { 'aria-label': i18next.t('common.close') } });

export function notifyError(error: unknown, t: TFunction): void {
  const message = sentenceOf(error, t);
  notifications.show({ color: 'red', message, autoClose: 10_000, ...closing() });
}

export function notifyDone(message: string): void {
  notifications.show({ message, color: 'ink', ...closing() });
}
