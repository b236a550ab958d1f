/** Nothing found: what may help, one click away. */
import { Button } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { SearchMode } from '~/api/types';
import { useUi } from '~/app/ui';
import { Empty } from '~/components/States';

interface Props {
  query: string;
  mode: SearchMode;
  filtered: boolean;
  onMode: (mode: SearchMode) => void;
  onClear: () => void;
}

export function NoResult({ query, mode, filtered, onMode, onClear }: Props) {
  const { t } = useTranslation();
  const ui = useUi();
  const tips = [
    t('search.tipFewer'),
    mode !== 'vector' && t('search.tipMeaning'),
    mode !== 'lexical' && t('search.tipWords'),
    t('search.tipUpload'),
  ].filter((tip): tip is string => typeof tip === 'string');
  return (
    <Empty
      icon={<IconSearchOff size={26} stroke={1.6} />}
      title={t('search.noResult', { query })}
      text={
        filtered
          ? t('search.noResultFilters')
          : `${t('search.noResultTips')}${t('search.listColon')}${tips.join(t('search.listComma'))}`
      }
    >
      {filtered && <Button onClick={onClear}>{t('search.clearFilters')}</Button>}
      {mode !== 'vector' && (
        <Button variant="default" onClick={() => onMode('vector')}>
          {t('search.tryMeaning')}
        </Button>
      )}
      {mode !== 'lexical' && (
        <Button variant="default" onClick={() => onMode('lexical')}>
          {t('search.tryWords')}
        </Button>
      )}
      <Button variant="default" onClick={() => ui.open('upload')}>
        {t('upload.open')}
      </Button>
    </Empty>
  );
}
