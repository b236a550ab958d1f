/** What a change would concern, asked of the server before it is done. */
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Changed } from '~/api/curate';
import { sentenceOf } from '~/components/problem';
import classes from '~/features/labels/Labels.module.css';

interface Props<Given> {
  /** What would be done; null while the form says too little. */
  given: Given | null;
  /** Which taxonomy, and which kind of change. */
  of: readonly string[];
  ask: (given: Given) => Promise<Changed>;
}

export function useReach<Given>({ given, of, ask }: Props<Given>) {
  const [settled] = useDebouncedValue(given && JSON.stringify(given), 250);
  return useQuery({
    queryKey: ['labels', 'reach', ...of, settled],
    queryFn: () => ask(JSON.parse(settled ?? 'null') as Given),
    enabled: settled !== null,
    gcTime: 0,
    retry: false,
  });
}

export function Reach({ reach, given }: { reach: ReturnType<typeof useReach>; given: unknown }) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const { data, error } = reach;
  const content = () => {
    if (!given) return t('change.choose');
    if (error) return sentenceOf(error, common);
    if (!data) return t('change.preview');
    const { documents_by_model: model, documents_by_person: person, examples } = data;
    if (model + person + examples === 0) return t('change.reachNone');
    return (
      <>
        <strong>{t('change.reach')}</strong>
        <ul>
          {model > 0 && <li>{t('change.reachModel', { count: model })}</li>}
          {person > 0 && <li>{t('change.reachPerson', { count: person })}</li>}
          {examples > 0 && <li>{t('change.reachExamples', { count: examples })}</li>}
        </ul>
      </>
    );
  };
  return (
    <div
      className={`${classes.reach} tabular`}
      role="status"
      data-tone={given && error ? 'bad' : undefined}
    >
      {content()}
    </div>
  );
}
