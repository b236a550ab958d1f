/** One file over the wire. XMLHttpRequest, because fetch cannot tell how much was sent. */
import { requestHeaders } from '~/api/client';
import { uploadUrl } from '~/api/endpoints';
import { problemOf } from '~/api/problems';
import type { DocumentStatus, UploadedDocument } from '~/api/types';

export interface Outcome {
  state: 'stored' | 'duplicate' | 'rejected' | 'failed';
  document: number | null;
  status: DocumentStatus | null;
  code: string;
  reason: string;
}

interface Parcel {
  file: File;
  path: string;
  collection: number;
}

export function sendFile(
  parcel: Parcel,
  onSent: (bytes: number) => void,
): { done: Promise<Outcome>; abort: () => void } {
  const request = new XMLHttpRequest();
  const done = new Promise<Outcome>((resolve) => {
    request.upload.onprogress = (event) => onSent(Math.min(event.loaded, parcel.file.size));
    request.onload = () => resolve(outcomeOf(request.status, request.responseText));
    request.onerror = () => resolve(unfinished('network'));
    request.onabort = () => resolve(unfinished('cancelled'));
    request.open('POST', uploadUrl());
    for (const [name, value] of Object.entries(requestHeaders('POST'))) {
      request.setRequestHeader(name, value);
    }
    const form = new FormData();
    form.append('collection', String(parcel.collection));
    form.append('paths', parcel.path);
    form.append('files', parcel.file, parcel.file.name);
    request.send(form);
  });
  return { done, abort: () => request.abort() };
}

const unfinished = (code: string): Outcome => ({
  state: 'failed',
  document: null,
  status: null,
  code,
  reason: '',
});

/** Read the server's answer: a list with one document, or a problem. */
export function outcomeOf(status: number, body: string): Outcome {
  const first = firstDocument(body);
  if (!first) {
    const problem = problemOf(status, body);
    const refused = status >= 400 && status < 500 && status !== 401 && status !== 429;
    return {
      ...unfinished(problem.code ?? `http_${status}`),
      state: refused ? 'rejected' : 'failed',
      reason: problem.detail ?? problem.title ?? '',
    };
  }
  const base = {
    document: first.id,
    code: first.error?.code ?? '',
    reason: first.error?.message ?? '',
  };
  if (first.id === null || first.status === 'rejected') {
    return { ...base, state: 'rejected', status: null };
  }
  const duplicate = first.duplicate_of !== null && first.duplicate_of !== undefined;
  return { ...base, state: duplicate ? 'duplicate' : 'stored', status: first.status };
}

function firstDocument(body: string): UploadedDocument | null {
  try {
    const answer = JSON.parse(body) as { documents?: UploadedDocument[] };
    return answer.documents?.[0] ?? null;
  } catch {
    return null;
  }
}
