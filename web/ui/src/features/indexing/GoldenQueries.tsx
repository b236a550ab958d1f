/** Golden queries: kept with the documents that answer them, by finding those first. */
import { ActionIcon, Button, Checkbox, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { search } from '~/api/endpoints';
import { type Golden, getGolden, keepGolden, removeGolden } from '~/api/indexing';
import { Failed, Loading } from '~/components/States';
import { Dialog } from '~/features/indexing/Dialog';
import classes from '~/features/indexing/Indexing.module.css';
import { KEYS, useChange } from '~/features/indexing/useChange';
import { Section } from '~/features/settings/Section';
import settings from '~/features/settings/Settings.module.css';

const SHOWN = 8;

export function GoldenQueries() {
  const { t } = useTranslation('indexing');
  const [asking, setAsking] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: KEYS.golden, queryFn: getGolden });
  return (
    <Section
      title={t('golden')}
      lead={t('goldenLead')}
      action={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={15} aria-hidden="true" />}
          onClick={() => setAsking(true)}
        >
          {t('addGolden')}
        </Button>
      }
    >
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading rows={2} />}
      {data?.items.length === 0 && <p className={classes.none}>{t('noGolden')}</p>}
      <ul className={settings.rows} aria-label={t('golden')}>
        {data?.items.map((one) => (
          <Row key={one.id} golden={one} />
        ))}
      </ul>
      {asking && <AddDialog onClose={() => setAsking(false)} />}
    </Section>
  );
}

function Row({ golden }: { golden: Golden }) {
  const { t } = useTranslation('indexing');
  const { id, query, documents } = golden;
  const remove = useChange(() => removeGolden(id), t('goldenRemoved'), KEYS.golden);
  return (
    <li className={settings.row}>
      <div className={settings.rowMain}>
        <span className={settings.rowTitle}>{query}</span>
        <div className={settings.rowMeta}>
          {documents.map((one) => one.name || `#${one.document}`).join(' · ')}
        </div>
      </div>
      <Tooltip label={t('removeGolden', { query })}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('removeGolden', { query })}
          loading={remove.isPending}
          onClick={() => remove.mutate()}
        >
          <IconTrash size={17} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('indexing');
  const [typed, setTyped] = useState('');
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<number[]>([]);
  const found = useQuery({
    queryKey: ['golden-answers', query],
    enabled: query !== '',
    queryFn: ({ signal }) => search({ q: query, mode: 'hybrid' }, SHOWN, 0, signal),
  });
  const keep = useChange(() => keepGolden(query, chosen), t('goldenKept'), KEYS.golden);
  const find = (event: FormEvent) => {
    event.preventDefault();
    setChosen([]);
    setQuery(typed.trim());
  };
  const toggle = (id: number) =>
    setChosen((before) =>
      before.includes(id) ? before.filter((one) => one !== id) : [...before, id],
    );
  return (
    <Dialog opened onClose={onClose} title={t('addGolden')} size="lg">
      <form onSubmit={find}>
        <TextInput
          label={t('goldenQuery')}
          value={typed}
          required
          maxLength={2000}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" mt="sm" loading={found.isFetching}>
          {t('find')}
        </Button>
      </form>
      {found.error && <Failed error={found.error} />}
      {found.data && (
        <>
          <p>{t(found.data.hits.length > 0 ? 'answers' : 'noAnswers')}</p>
          <div className={classes.choices}>
            {found.data.hits.map((hit) => (
              <Checkbox
                key={hit.document}
                label={hit.name}
                checked={chosen.includes(hit.document)}
                onChange={() => toggle(hit.document)}
              />
            ))}
          </div>
          <Button
            disabled={chosen.length === 0}
            loading={keep.isPending}
            onClick={() => keep.mutate(undefined, { onSuccess: onClose })}
          >
            {t('keep')}
          </Button>
        </>
      )}
    </Dialog>
  );
}
