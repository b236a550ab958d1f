/** Files out of a drop: folders are walked, their paths kept, system files left out. */
import type { Candidate } from '~/features/upload/store';

const SYSTEM = /^(\.DS_Store|Thumbs\.db|desktop\.ini|~\$.*|\._.*)$/i;

export interface Gathered {
  candidates: Candidate[];
  skipped: number;
}

export function sift(candidates: readonly Candidate[]): Gathered {
  const kept = candidates.filter(({ file, path }) => {
    const parts = path.split('/');
    return !SYSTEM.test(file.name) && !parts.includes('__MACOSX');
  });
  return { candidates: kept, skipped: candidates.length - kept.length };
}

export function fromFileList(files: Iterable<File>): Gathered {
  return sift(Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name })));
}

/** Must be called in the drop event itself: the browser forgets the entries afterwards. */
export async function fromDrop(transfer: DataTransfer): Promise<Gathered> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.every((entry) => entry === null)) return fromFileList(transfer.files);
  const lists = await Promise.all(
    entries.filter((entry) => entry !== null).map((entry) => walk(entry, '')),
  );
  return sift(lists.flat());
}

async function walk(entry: FileSystemEntry, parent: string): Promise<Candidate[]> {
  const path = parent + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, path }];
  }
  const children = await entriesOf(entry as FileSystemDirectoryEntry);
  const lists = await Promise.all(children.map((child) => walk(child, `${path}/`)));
  return lists.flat();
}

/** `readEntries` hands out at most a hundred at a time; an empty answer is the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
