/** A taxonomy out of a file: what it would change is shown before it is taken in. */
import { FileInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Imported, importTaxonomy } from '~/api/curate';
import type { Taxonomy } from '~/api/types';
import { sentenceOf } from '~/components/problem';
import { ChangeFrame } from '~/features/labels/ChangeDialogs';
import { useChange } from '~/features/labels/changes';
import classes from '~/features/labels/Labels.module.css';
import { useFormat } from '~/i18n/format';

interface Props {
  shown: Taxonomy | undefined;
  all: readonly Taxonomy[];
  onClose: () => void;
}

export function ImportDialog({ shown, all, onClose }: Props) {
  const { t } = useTranslation('curate');
  const navigate = useNavigate();
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [name, setName] = useState('');
  const [wanted] = useDebouncedValue(name.trim(), 300);
  const preview = useQuery({
    queryKey: ['labels', 'import', file?.name, file?.text, wanted],
    queryFn: () => importTaxonomy(file?.text ?? '', wanted || null, true),
    enabled: file !== null,
    gcTime: 0,
    retry: false,
  });
  const found = preview.data;
  const take = useChange(
    (given: { text: string; name: string }) => importTaxonomy(given.text, given.name, false),
    (given) => t('import.done', { name: given.name }),
    () => {
      onClose();
      if (found) void navigate({ to: '/labels', search: { taxonomy: found.taxonomy.name } });
    },
  );
  const choose = async (chosen: File | null) => {
    setName('');
    setFile(chosen && { name: chosen.name, text: await chosen.text() });
  };
  return (
    <ChangeFrame
      title={t('import.title')}
      action={t('import.do')}
      ready={file !== null && preview.isSuccess && wanted === name.trim()}
      pending={take.isPending}
      onSubmit={() => file && found && take.mutate({ text: file.text, name: found.taxonomy.name })}
      onClose={onClose}
    >
      <FileInput
        label={t('import.choose')}
        description={t('import.hint')}
        placeholder={t('import.choose')}
        accept=".yaml,.yml,.json"
        leftSection={<IconUpload size={16} aria-hidden="true" />}
        onChange={(chosen) => void choose(chosen)}
      />
      {file && (
        <TextInput
          label={t('import.newName')}
          description={t('import.newNameHint')}
          maxLength={120}
          placeholder={found?.taxonomy.name ?? shown?.name ?? ''}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      {file && <Preview preview={preview} all={all} />}
    </ChangeFrame>
  );
}

interface PreviewProps {
  preview: { data: Imported | undefined; error: Error | null };
  all: readonly Taxonomy[];
}

function Preview({ preview: { data, error }, all }: PreviewProps) {
  const { t } = useTranslation('curate');
  const { t: common } = useTranslation();
  const format = useFormat();
  if (error) {
    return (
      <div className={classes.reach} role="alert" data-tone="bad">
        {sentenceOf(error, common)}
      </div>
    );
  }
  if (!data) return <div className={classes.reach}>{t('import.reading')}</div>;
  const { name } = data.taxonomy;
  const before = all.find((one) => one.name === name)?.labels ?? [];
  const shown = (key: string) => {
    const label = [...data.taxonomy.labels, ...before].find((one) => one.name === key);
    return label ? format.category(label) : key;
  };
  const list = (keys: string[]) => new Intl.ListFormat(format.locale).format(keys.map(shown));
  const { added, changed, gone } = data;
  const standing = (one: Imported['gone'][number]) =>
    one.documents_by_model + one.documents_by_person + one.examples > 0;
  const same = added.length + changed.length + gone.length === 0;
  return (
    <div className={classes.reach} role="status">
      <p>
        <strong>{t(data.exists ? 'import.intoOld' : 'import.intoNew', { name })}</strong>
      </p>
      {same && <p>{t('import.same')}</p>}
      <ul>
        {added.length > 0 && (
          <li>
            {t('import.added', { count: added.length })}
            <span className={classes.keys}>{list(added)}</span>
          </li>
        )}
        {changed.length > 0 && (
          <li>
            {t('import.changed', { count: changed.length })}
            <span className={classes.keys}>{list(changed)}</span>
          </li>
        )}
        {gone.length > 0 && (
          <li data-tone="bad">
            {t('import.gone', { count: gone.length })}
            <span className={classes.keys}>{list(gone.map((one) => one.label))}</span>
            <ul>
              {gone.filter(standing).map((one) => (
                <li key={one.label}>
                  {t('import.goneWith', {
                    name: shown(one.label),
                    model: one.documents_by_model,
                    person: one.documents_by_person,
                    examples: one.examples,
                  })}
                </li>
              ))}
            </ul>
          </li>
        )}
      </ul>
    </div>
  );
}
