/** The list of what was not taken in, as a CSV that spreadsheet programs open safely. */
import type { Upload } from '~/features/upload/store';

/** Quote, and defuse cells that a spreadsheet would run as a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

export function rejectsCsv(uploads: readonly Upload[], header: readonly string[]): string {
  const rows = uploads
    .filter((u) => u.state === 'rejected' || u.state === 'failed')
    .map((u) => [u.file.name, u.path, u.code, u.reason]);
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}

export function saveText(name: string, text: string, type: string): void {
  // The byte order mark lets Excel read the Chinese as UTF-8.
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
