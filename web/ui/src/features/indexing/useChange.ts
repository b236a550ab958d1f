/** A change of something on the page: told when done, and the list is fetched again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { notifyDone, notifyError } from '~/components/problem';

export const KEYS = {
  generations: ['generations'],
  schedules: ['schedules'],
  golden: ['golden-queries'],
} as const;

export function useChange<Given = void, Answer = unknown>(
  call: (given: Given) => Promise<Answer>,
  told: string | ((answer: Answer) => string),
  key: readonly string[] = KEYS.generations,
) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: async (answer) => {
      notifyDone(typeof told === 'string' ? told : told(answer));
      await client.invalidateQueries({ queryKey: key });
    },
    onError: (error) => notifyError(error, t),
  });
}
