/** Before an empty knowledge base, for an administrator: documents that come with the product. */
import { Button } from '@mantine/core';
import { IconFiles } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addSamples } from '~/api/endpoints';
import { useSession } from '~/app/session';
import { notifyDone, notifyError } from '~/components/problem';
import classes from '~/features/upload/Upload.module.css';

export function SampleOffer() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { samples } = useSession();
  const [busy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    try {
      const { documents } = await addSamples();
      notifyDone(t('upload.samplesTaken', { count: documents.length }));
      document.getElementById('main')?.focus(); // this button goes away with the empty state
      await Promise.all(
        ['documents', 'collections', 'session'].map((key) =>
          client.invalidateQueries({ queryKey: [key] }),
        ),
      );
    } catch (error) {
      notifyError(error, t);
    } finally {
      setBusy(false);
    }
  };
  if (!samples) return null;
  return (
    <Button
      variant="default"
      loading={busy}
      leftSection={<IconFiles size={16} aria-hidden="true" />}
      classNames={{ root: classes.samples, label: classes.samplesLabel }}
      onClick={() => void take()}
    >
      {t('upload.samples')}
    </Button>
  );
}
