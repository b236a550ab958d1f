/** What can be done with the selected rows. */
import { Button, Group, Modal, Text } from '@mantine/core';
import { IconArrowBackUp, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DocumentRow } from '~/api/types';
import { type Action, useAct } from '~/features/documents/actions';
import classes from '~/features/documents/Documents.module.css';

interface Props {
  rows: readonly DocumentRow[];
  trash: boolean;
  onDone: () => void;
}

export function SelectionBar({ rows, trash, onDone }: Props) {
  const { t } = useTranslation();
  const act = useAct();
  const [busy, setBusy] = useState<Action | null>(null);
  const [asking, setAsking] = useState(false);
  const failed = rows.filter((row) => row.error);
  const run = async (action: Action, of: readonly DocumentRow[]) => {
    setBusy(action);
    await act(
      action,
      of.map((row) => row.id),
    );
    setBusy(null);
    onDone();
  };
  const count = rows.length;
  return (
    <section className={classes.selection} aria-label={t('documents.selected', { count })}>
      <Text fw={560} className="tabular" role="status">
        {t('documents.selected', { count })}
      </Text>
      {trash ? (
        <>
          <Button
            size="xs"
            loading={busy === 'restore'}
            leftSection={<IconArrowBackUp size={15} aria-hidden="true" />}
            onClick={() => void run('restore', rows)}
          >
            {t('common.restore')}
          </Button>
          <Button
            size="xs"
            variant="default"
            c="var(--zk-bad)"
            leftSection={<IconTrash size={15} aria-hidden="true" />}
            onClick={() => setAsking(true)}
          >
            {t('documents.purge')}
          </Button>
        </>
      ) : (
        <>
          <Button
            size="xs"
            variant="default"
            loading={busy === 'delete'}
            leftSection={<IconTrash size={15} aria-hidden="true" />}
            onClick={() => void run('delete', rows)}
          >
            {t('common.delete')}
          </Button>
          {failed.length > 0 && (
            <Button
              size="xs"
              variant="default"
              loading={busy === 'retry'}
              leftSection={<IconRefresh size={15} aria-hidden="true" />}
              onClick={() => void run('retry', failed)}
            >
              {t('common.retry')} ({failed.length})
            </Button>
          )}
        </>
      )}
      <Button size="xs" variant="subtle" color="gray" onClick={onDone}>
        {t('documents.clearSelection')}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('documents.purgeTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text mb="md">{t('documents.purgeText', { count })}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={busy === 'purge'} onClick={() => void run('purge', rows)}>
            {t('documents.purge')}
          </Button>
        </Group>
      </Modal>
    </section>
  );
}
