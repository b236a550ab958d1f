/** What to build anew, and what becomes of it. */
import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { buildGeneration, type Flip } from '~/api/indexing';
import { Dialog } from '~/features/indexing/Dialog';
import { FlipField, ScopeField } from '~/features/indexing/fields';
import { useChange } from '~/features/indexing/useChange';

export function BuildDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('indexing');
  const [collection, setCollection] = useState<number | null>(null);
  const [flip, setFlip] = useState<Flip>('automatic');
  const [embedder, setEmbedder] = useState('');
  const build = useChange(
    () => buildGeneration(collection, flip, collection === null ? embedder.trim() : ''),
    t('started'),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    build.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={t('buildTitle')}>
      <form onSubmit={submit}>
        <ScopeField value={collection} onChange={setCollection} />
        <FlipField value={flip} onChange={setFlip} mt="md" />
        {collection === null && (
          <TextInput
            mt="md"
            label={t('embedder')}
            description={t('embedderHint')}
            placeholder="https://server/v1#model:1024"
            value={embedder}
            onChange={(event) => setEmbedder(event.currentTarget.value)}
          />
        )}
        <Button type="submit" mt="lg" loading={build.isPending}>
          {t('start')}
        </Button>
      </form>
    </Dialog>
  );
}
