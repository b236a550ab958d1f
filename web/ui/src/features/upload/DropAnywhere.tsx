/** The whole window takes files. */
import { Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { notifyDone } from '~/components/problem';
import { fromDrop } from '~/features/upload/gather';
import classes from '~/features/upload/Upload.module.css';
import { useStartUpload, useUploadTarget } from '~/features/upload/useUpload';

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

export function DropAnywhere() {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const { collection } = useUploadTarget();
  const start = useStartUpload(collection?.id);
  const drop = (transfer: DataTransfer) => {
    if (!collection) notifyDone(t('upload.noCollection'));
    else void fromDrop(transfer).then(start);
  };
  const latest = useRef(drop);
  latest.current = drop;

  useEffect(() => {
    let depth = 0;
    const show = (change: number) => {
      depth = Math.max(0, depth + change);
      setOver(depth > 0);
    };
    const enter = (event: DragEvent) => carriesFiles(event) && show(1);
    const leave = (event: DragEvent) => carriesFiles(event) && show(-1);
    const hold = (event: DragEvent) => carriesFiles(event) && event.preventDefault();
    const take = (event: DragEvent) => {
      if (!carriesFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      show(-depth);
      latest.current(event.dataTransfer);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', hold);
    window.addEventListener('drop', take);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', hold);
      window.removeEventListener('drop', take);
    };
  }, []);

  if (!over) return null;
  return (
    <div className={classes.overlay}>
      <div className={classes.overlayCard}>
        <IconUpload size={36} stroke={1.5} aria-hidden="true" />
        <Text size="lg" fw={620}>
          {t('upload.drop')}
        </Text>
        {collection && <Text>{t('upload.into', { name: collection.name })}</Text>}
        <Text size="sm" c="dimmed">
          {t('upload.dropText')}
        </Text>
      </div>
    </div>
  );
}
