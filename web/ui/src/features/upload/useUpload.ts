/** Starting uploads from anywhere: which collections take files, and the size limit. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Collection } from '~/api/types';
import { collectionsQuery, useSession } from '~/app/session';
import { notifyDone } from '~/components/problem';
import type { Gathered } from '~/features/upload/gather';
import { FINISHED, type Reject, uploadStore, useUploads } from '~/features/upload/store';
import { useFormat } from '~/i18n/format';

const KEY = 'zhiku-upload-collection';
let chosen = Number(sessionStorage.getItem(KEY)) || 0;

export interface UploadTarget {
  collections: Collection[];
  collection: Collection | null;
  choose: (id: number) => void;
  loaded: boolean;
}

export function useUploadTarget(): UploadTarget {
  const { data } = useQuery(collectionsQuery);
  const [id, setId] = useState(chosen);
  const collections = (data?.items ?? []).filter((c) => c.may_write);
  const collection = collections.find((c) => c.id === id) ?? collections[0] ?? null;
  const choose = (next: number) => {
    chosen = next;
    sessionStorage.setItem(KEY, String(next));
    setId(next);
  };
  return { collections, collection, choose, loaded: data !== undefined };
}

export function useStartUpload(collection: number | undefined): (gathered: Gathered) => void {
  const { t } = useTranslation();
  const { upload: limits } = useSession();
  const { bytes } = useFormat();
  const limit = Math.min(limits.max_mb, limits.multipart_max_mb) * 1024 * 1024;
  const refusal = (file: File): Reject =>
    file.size > limit
      ? {
          code: 'file_too_large',
          reason: t('upload.tooLarge', { name: file.name, limit: bytes(limit) }),
        }
      : null;
  return ({ candidates, skipped }) => {
    if (collection === undefined) return;
    if (skipped > 0) notifyDone(t('upload.skipped', { count: skipped }));
    uploadStore.add(candidates, collection, refusal);
  };
}

/** Ask before the tab closes while bytes are still on their way. */
export function useLeaveGuard(): void {
  const { t } = useTranslation();
  const busy = useUploads().some((u) => !FINISHED.includes(u.state));
  useEffect(() => {
    if (!busy) return;
    const warn = (event: BeforeUnloadEvent) => {
      event.preventDefault();
      event.returnValue = t('upload.leave');
    };
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [busy, t]);
}
