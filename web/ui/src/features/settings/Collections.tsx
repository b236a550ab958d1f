/** Collections: create, rename, delete when empty. */
import { ActionIcon, Button, Group, Modal, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createCollection, deleteCollection, renameCollection } from '~/api/endpoints';
import type { Collection } from '~/api/types';
import { collectionsQuery, useSession } from '~/app/session';
import { notifyDone, notifyError } from '~/components/problem';
import { Failed, Loading } from '~/components/States';
import { Section } from '~/features/settings/Section';
import classes from '~/features/settings/Settings.module.css';

type Asking = { kind: 'create' } | { kind: 'rename' | 'delete'; collection: Collection };

export function Collections() {
  const { t } = useTranslation();
  const { user } = useSession();
  const { data, error, refetch } = useQuery(collectionsQuery);
  const [asking, setAsking] = useState<Asking | null>(null);
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  return (
    <Section
      title={t('settings.collections')}
      action={
        user?.role === 'admin' && (
          <Button
            size="xs"
            leftSection={<IconPlus size={15} aria-hidden="true" />}
            onClick={() => setAsking({ kind: 'create' })}
          >
            {t('settings.newCollection')}
          </Button>
        )
      }
    >
      {data ? (
        <ul className={classes.rows}>
          {data.items.map((one) => (
            <Row key={one.id} collection={one} onAsk={setAsking} />
          ))}
        </ul>
      ) : (
        <Loading rows={3} />
      )}
      {asking && <Dialog asking={asking} onClose={() => setAsking(null)} />}
    </Section>
  );
}

interface RowProps {
  collection: Collection;
  onAsk: (asking: Asking) => void;
}

function Row({ collection, onAsk }: RowProps) {
  const { t } = useTranslation();
  const { name, documents, may_manage: manage, may_write: write } = collection;
  const access = manage ? 'manage' : write ? 'write' : 'read';
  return (
    <li className={classes.row}>
      <div className={classes.rowMain}>
        <Link to="/documents" search={{ collection: collection.id }} className={classes.rowTitle}>
          {name}
        </Link>
        <div className={classes.rowMeta}>
          {t('settings.documents', { count: documents })} · {t(`settings.access.${access}`)}
        </div>
      </div>
      {manage && (
        <Tooltip label={t('settings.rename')}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${t('settings.rename')}：${name}`}
            onClick={() => onAsk({ kind: 'rename', collection })}
          >
            <IconPencil size={17} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      )}
      {manage && documents === 0 && (
        <Tooltip label={t('settings.deleteCollection')}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${t('settings.deleteCollection')}：${name}`}
            onClick={() => onAsk({ kind: 'delete', collection })}
          >
            <IconTrash size={17} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  );
}

function useChange(onClose: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ asking, name }: { asking: Asking; name: string }): Promise<unknown> => {
      if (asking.kind === 'create') return createCollection(name);
      if (asking.kind === 'rename') return renameCollection(asking.collection.id, name);
      return deleteCollection(asking.collection.id);
    },
    onSuccess: async (_result, { asking, name }) => {
      await client.invalidateQueries({ queryKey: collectionsQuery.queryKey });
      if (asking.kind === 'create') notifyDone(t('settings.created', { name }));
      else if (asking.kind === 'rename') notifyDone(t('settings.renamed', { name }));
      else notifyDone(t('settings.deletedCollection', { name: asking.collection.name }));
      onClose();
    },
    onError: (error) => notifyError(error, t),
  });
}

function Dialog({ asking, onClose }: { asking: Asking; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChange(onClose);
  const [name, setName] = useState(asking.kind === 'rename' ? asking.collection.name : '');
  const titles = {
    create: t('settings.newCollection'),
    rename: t('settings.rename'),
    delete: t('settings.deleteCollection'),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (asking.kind === 'delete' || name.trim()) change.mutate({ asking, name: name.trim() });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={titles[asking.kind]}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit}>
        {asking.kind === 'delete' ? (
          <Text>{t('settings.deleteCollectionText', { name: asking.collection.name })}</Text>
        ) : (
          <TextInput
            data-autofocus
            label={t('settings.collectionName')}
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            type="submit"
            loading={change.isPending}
            color={asking.kind === 'delete' ? 'red' : 'ink'}
            disabled={asking.kind !== 'delete' && !name.trim()}
          >
            {asking.kind === 'create' && t('settings.create')}
            {asking.kind === 'rename' && t('common.save')}
            {asking.kind === 'delete' && t('common.delete')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
