/** The uploads of this tab. Lives outside React, so that leaving a screen stops nothing. */
import { useSyncExternalStore } from 'react';
import type { DocumentStatus } from '~/api/types';
import { type Outcome, sendFile } from '~/features/upload/send';

export type UploadState =
  | 'waiting'
  | 'sending'
  | 'checking'
  | 'stored'
  | 'duplicate'
  | 'rejected'
  | 'failed'
  | 'cancelled';

export interface Upload {
  key: number;
  file: File;
  path: string;
  collection: number;
  state: UploadState;
  /** Bytes that have left this machine. */
  sent: number;
  document: number | null;
  /** Live status of the stored document. */
  status: DocumentStatus | null;
  code: string;
  reason: string;
}

export interface Candidate {
  file: File;
  path: string;
}

const PARALLEL = 3;
export const FINISHED: readonly UploadState[] = [
  'stored',
  'duplicate',
  'rejected',
  'failed',
  'cancelled',
];

type Send = typeof sendFile;

export class UploadStore {
  private uploads: readonly Upload[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly aborts = new Map<number, () => void>();
  private nextKey = 1;
  private readonly send: Send;

  constructor(send: Send = sendFile) {
    this.send = send;
  }

  readonly list = (): readonly Upload[] => this.uploads;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  add(candidates: readonly Candidate[], collection: number, reject: (file: File) => Reject): void {
    const added = candidates.map(({ file, path }): Upload => {
      const refusal = reject(file);
      return {
        key: this.nextKey++,
        file,
        path,
        collection,
        state: refusal ? 'rejected' : 'waiting',
        sent: 0,
        document: null,
        status: null,
        code: refusal?.code ?? '',
        reason: refusal?.reason ?? '',
      };
    });
    this.set([...this.uploads, ...added]);
    this.pump();
  }

  cancel(key: number): void {
    this.aborts.get(key)?.();
    this.change(key, { state: 'cancelled' });
    this.pump();
  }

  cancelAll(): void {
    for (const upload of this.uploads) {
      if (!FINISHED.includes(upload.state)) this.cancel(upload.key);
    }
  }

  retryFailed(): void {
    this.set(
      this.uploads.map((u) =>
        u.state === 'failed' || u.state === 'cancelled'
          ? { ...u, state: 'waiting', sent: 0, code: '', reason: '' }
          : u,
      ),
    );
    this.pump();
  }

  clearFinished(): void {
    this.set(this.uploads.filter((u) => !FINISHED.includes(u.state)));
  }

  /** A document moved on; told by the live events. */
  moved(document: number, status: DocumentStatus): void {
    const touched = this.uploads.some((u) => u.document === document && u.status !== status);
    if (!touched) return;
    this.set(this.uploads.map((u) => (u.document === document ? { ...u, status } : u)));
  }

  private pump(): void {
    const running = this.uploads.filter((u) => u.state === 'sending' || u.state === 'checking');
    const waiting = this.uploads.filter((u) => u.state === 'waiting');
    for (const upload of waiting.slice(0, Math.max(0, PARALLEL - running.length))) {
      this.begin(upload);
    }
  }

  private begin(upload: Upload): void {
    const { key, file } = upload;
    this.change(key, { state: 'sending', sent: 0 });
    const { done, abort } = this.send(upload, (sent) => {
      this.change(key, { sent, state: sent >= file.size ? 'checking' : 'sending' });
    });
    this.aborts.set(key, abort);
    void done.then((outcome) => {
      this.aborts.delete(key);
      this.finish(key, outcome);
      this.pump();
    });
  }

  private finish(key: number, outcome: Outcome): void {
    const upload = this.uploads.find((u) => u.key === key);
    if (!upload || upload.state === 'cancelled') return;
    this.change(key, { ...outcome, sent: upload.file.size });
  }

  private change(key: number, fields: Partial<Upload>): void {
    this.set(this.uploads.map((u) => (u.key === key ? { ...u, ...fields } : u)));
  }

  private set(uploads: readonly Upload[]): void {
    this.uploads = uploads;
    for (const notify of this.listeners) notify();
  }
}

export type Reject = { code: string; reason: string } | null;

export const uploadStore = new UploadStore();

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploadStore.subscribe, uploadStore.list);
}

export interface Totals {
  total: number;
  finished: number;
  stored: number;
  duplicates: number;
  rejected: number;
  failed: number;
  /** 0..100 by bytes. */
  percent: number;
}

export function totalsOf(uploads: readonly Upload[]): Totals {
  const count = (...states: UploadState[]) =>
    uploads.filter((u) => states.includes(u.state)).length;
  const weight = (u: Upload) => u.file.size + 1;
  const all = uploads.reduce((sum, u) => sum + weight(u), 0);
  const done = uploads.reduce(
    (sum, u) => sum + (FINISHED.includes(u.state) ? weight(u) : Math.min(u.sent, u.file.size)),
    0,
  );
  return {
    total: uploads.length,
    finished: count(...FINISHED),
    stored: count('stored'),
    duplicates: count('duplicate'),
    rejected: count('rejected'),
    failed: count('failed', 'cancelled'),
    percent: all ? (100 * done) / all : 0,
  };
}
