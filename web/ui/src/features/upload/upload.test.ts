import { describe, expect, it } from 'vitest';
import { sift } from '~/features/upload/gather';
import { rejectsCsv } from '~/features/upload/rejects';
import { type Outcome, outcomeOf } from '~/features/upload/send';
import { totalsOf, UploadStore } from '~/features/upload/store';

const file = (name: string, size = 10) => new File([new Uint8Array(size)], name);
const stored = (document: number): Outcome => ({
  state: 'stored',
  document,
  status: 'received',
  code: '',
  reason: '',
});

/** A wire on which each file ends when the test says so. */
function wire() {
  const ends: ((outcome: Outcome) => void)[] = [];
  let aborted = 0;
  return {
    ends,
    aborted: () => aborted,
    send: () => ({
      done: new Promise<Outcome>((resolve) => ends.push(resolve)),
      abort: () => {
        aborted += 1;
      },
    }),
  };
}

const candidates = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ file: file(`${i}.pdf`), path: `a/${i}.pdf` }));
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('uploads', () => {
  it('go three at a time until all are done', async () => {
    const { ends, send } = wire();
    const store = new UploadStore(send);
    store.add(candidates(5), 1, () => null);
    expect(ends).toHaveLength(3);
    for (let i = 0; i < 5; i += 1) {
      ends[i]?.(stored(i));
      await settle();
    }
    expect(totalsOf(store.list())).toMatchObject({
      total: 5,
      finished: 5,
      stored: 5,
      percent: 100,
    });
  });

  it('refuse what is too large before a byte travels', () => {
    const { ends, send } = wire();
    const store = new UploadStore(send);
    store.add(candidates(1), 1, () => ({ code: 'file_too_large', reason: 'too large' }));
    expect(ends).toHaveLength(0);
    expect(store.list()[0]).toMatchObject({ state: 'rejected', reason: 'too large' });
  });

  it('can be cancelled, and tried again', async () => {
    const { ends, send, aborted } = wire();
    const store = new UploadStore(send);
    store.add(candidates(1), 1, () => null);
    store.cancelAll();
    ends[0]?.({ ...stored(1), state: 'failed', document: null });
    await settle();
    expect(aborted()).toBe(1);
    expect(store.list()[0]?.state).toBe('cancelled');
    store.retryFailed();
    ends[1]?.(stored(7));
    await settle();
    expect(store.list()[0]).toMatchObject({ state: 'stored', document: 7 });
  });

  it('follow their document', async () => {
    const { ends, send } = wire();
    const store = new UploadStore(send);
    store.add(candidates(1), 1, () => null);
    ends[0]?.(stored(7));
    await settle();
    store.moved(7, 'ready');
    expect(store.list()[0]?.status).toBe('ready');
  });
});

describe('the answer of the server', () => {
  it('tells new from known from refused', () => {
    const one = (fields: object) => JSON.stringify({ documents: [{ name: 'a.pdf', ...fields }] });
    expect(outcomeOf(201, one({ id: 1, status: 'received' })).state).toBe('stored');
    expect(outcomeOf(200, one({ id: 1, status: 'ready', duplicate_of: 1 })).state).toBe(
      'duplicate',
    );
    const refused = one({
      id: null,
      status: 'rejected',
      error: { code: 'empty_file', message: 'Empty.' },
    });
    expect(outcomeOf(422, refused)).toMatchObject({
      state: 'rejected',
      code: 'empty_file',
      reason: 'Empty.',
    });
  });

  it('may be a problem, or nothing readable', () => {
    const problem = JSON.stringify({ code: 'file_too_large', detail: 'Too large.' });
    expect(outcomeOf(413, problem)).toMatchObject({ state: 'rejected', reason: 'Too large.' });
    expect(outcomeOf(502, '<html>')).toMatchObject({ state: 'failed', code: 'http_502' });
    expect(outcomeOf(401, '{}').state).toBe('failed');
  });
});

describe('a dropped folder', () => {
  it('loses its system files only', () => {
    const names = ['a/.DS_Store', 'a/Thumbs.db', '__MACOSX/x.pdf', 'a/~$draft.docx', 'a/b.pdf'];
    const found = sift(names.map((path) => ({ file: file(path.split('/').pop() ?? ''), path })));
    expect(found.candidates.map((one) => one.path)).toEqual(['a/b.pdf']);
    expect(found.skipped).toBe(4);
  });
});

describe('the list of rejects', () => {
  it('is a CSV that runs nothing', () => {
    const store = new UploadStore(wire().send);
    store.add([{ file: file('=cmd()"x".csv'), path: 'p' }], 1, () => ({ code: 'c', reason: 'r' }));
    expect(rejectsCsv(store.list(), ['File', 'Path', 'Code', 'Reason'])).toBe(
      '"File","Path","Code","Reason"\r\n"\'=cmd()""x"".csv","p","c","r"',
    );
  });
});
