/** Calls of review, categories and what people say; apart, since the first screen needs none. */
import { body, client } from '~/api/client';
import type { components } from '~/api/schema';
import type { Taxonomy } from '~/api/types';

type Shapes = components['schemas'];

export type ReviewItem = Shapes['ReviewItem'];
export type Probability = Shapes['Probability'];
export type Evidence = Shapes['EvidenceOut'];
export type Changed = Shapes['TaxonomyChanged'];
export type Imported = Shapes['TaxonomyImported'];
export type Version = Shapes['TaxonomyVersionOut'];
export type Example = Shapes['ExampleOut'];
export type ExamplesImported = Shapes['ImportedOut'];
export type Wishes = Shapes['CollectionModels'];
export type Split = Omit<Shapes['SplitIn'], 'preview'>;
export type Rename = Omit<Shapes['RenameIn'], 'preview'>;

const document = (id: number) => ({ params: { path: { document_id: id } } });
const named = (name: string) => ({ params: { path: { name } } });

// What people say about a document -------------------------------------------------------------

export const getReview = (collection: number | null, limit: number) =>
  body(client.GET('/api/v1/review', { params: { query: { collection, limit, writable: true } } }));
export const getEvidence = (id: number, label: string, signal: AbortSignal) =>
  body(
    client.GET('/api/v1/documents/{document_id}/evidence', {
      params: { path: { document_id: id }, query: { label } },
      signal,
    }),
  ) as Promise<Evidence>; // openapi-fetch widens tuples such as boxes
export const confirm = (id: number, what: 'category' | 'summary') =>
  body(
    client.POST('/api/v1/documents/{document_id}/confirm', {
      ...document(id),
      body: { category: what === 'category', summary: what === 'summary' },
    }),
  );
/** Undo a person's category: the model's answer counts again. */
export const takeBackCategory = (id: number) =>
  body(client.DELETE('/api/v1/documents/{document_id}/category', document(id)));
export const putSummary = (id: number, text: string) =>
  body(client.PUT('/api/v1/documents/{document_id}/summary', { ...document(id), body: { text } }));
/** Have the model write a new one. */
export const dropSummary = (id: number) =>
  body(client.DELETE('/api/v1/documents/{document_id}/summary', document(id)));

// Categories -----------------------------------------------------------------------------------

export const putTaxonomy = (taxonomy: Taxonomy) =>
  body(client.PUT('/api/v1/taxonomies/{name}', { ...named(taxonomy.name), body: taxonomy }));
export const mergeLabels = (name: string, labels: string[], into: string, preview: boolean) =>
  body(
    client.POST('/api/v1/taxonomies/{name}/merge', {
      ...named(name),
      body: { labels, into, preview },
    }),
  );
export const renameLabel = (name: string, given: Rename, preview: boolean) =>
  body(
    client.POST('/api/v1/taxonomies/{name}/rename', {
      ...named(name),
      body: { ...given, preview },
    }),
  );
export const splitLabel = (name: string, given: Split, preview: boolean) =>
  body(
    client.POST('/api/v1/taxonomies/{name}/split', { ...named(name), body: { ...given, preview } }),
  );
export const removeLabel = (name: string, label: string, preview: boolean) =>
  body(
    client.POST('/api/v1/taxonomies/{name}/remove', { ...named(name), body: { label, preview } }),
  );
export const undoChange = (name: string) =>
  body(client.POST('/api/v1/taxonomies/{name}/undo', named(name)));
export const getVersions = (name: string) =>
  body(client.GET('/api/v1/taxonomies/{name}/versions', named(name)));
export const importTaxonomy = (content: string, name: string | null, preview: boolean) =>
  body(
    client.POST('/api/v1/taxonomies/import', {
      params: { query: { name, preview } },
      body: content,
      bodySerializer: (text) => text,
      headers: { 'Content-Type': 'application/yaml' },
    }),
  );
export const taxonomyUrl = (name: string, format: 'yaml' | 'json') =>
  `/api/v1/taxonomies/${encodeURIComponent(name)}/export?format=${format}`;

export const getWishes = (collection: number) =>
  body(
    client.GET('/api/v1/collections/{collection_id}/models', {
      params: { path: { collection_id: collection } },
    }),
  );
export const putWishes = (collection: number, wishes: Wishes) =>
  body(
    client.PUT('/api/v1/collections/{collection_id}/models', {
      params: { path: { collection_id: collection } },
      body: wishes,
    }),
  );

/** Characters sent at once: at three bytes each, still under the server's 4 MB. */
const PIECE = 1_200_000;

/** Whole lines, at most `most` characters a piece; `before` counts the lines before it. */
export function piecesOf(content: string, most: number): { text: string; before: number }[] {
  // A JSON list, as Label Studio writes it, cannot be cut.
  if (content.trimStart().startsWith('[')) return [{ text: content, before: 0 }];
  const pieces: { text: string; before: number }[] = [];
  let lines: string[] = [];
  let size = 0;
  let before = 0;
  const close = () => {
    if (lines.length > 0) pieces.push({ text: lines.join('\n'), before });
    before += lines.length;
    lines = [];
    size = 0;
  };
  for (const line of content.split('\n')) {
    if (!line.trim()) continue;
    if (size + line.length > most && size > 0) close();
    lines.push(line);
    size += line.length + 1;
  }
  close();
  return pieces;
}

// Examples -------------------------------------------------------------------------------------

export interface ExampleFilter {
  taxonomy?: string;
  label?: string | null;
  origin?: 'correction' | 'confirmation' | 'import' | null;
  kind?: 'label' | 'summary' | null;
}

export const getExamples = (filter: ExampleFilter, cursor: string | null, limit: number) =>
  body(client.GET('/api/v1/labels', { params: { query: { ...filter, cursor, limit } } }));
export const forgetExample = (id: number) =>
  body(client.DELETE('/api/v1/labels/{example_id}', { params: { path: { example_id: id } } }));
const sendExamples = (content: string, taxonomy: string) =>
  body(
    client.POST('/api/v1/labels/import', {
      params: { query: { taxonomy } },
      body: content,
      bodySerializer: (text) => text,
      headers: { 'Content-Type': 'application/x-ndjson' },
    }),
  );
/** Rows of a file, in pieces that the server takes; rows are counted over the whole file. */
export async function importExamples(
  content: string,
  taxonomy: string,
  onPart: (share: number) => void,
): Promise<ExamplesImported> {
  const sum: ExamplesImported = {
    taxonomy,
    new: 0,
    same: 0,
    changed: 0,
    refused: 0,
    rows: [],
    labels: {},
  };
  const pieces = piecesOf(content, PIECE);
  for (const [at, piece] of pieces.entries()) {
    const found = await sendExamples(piece.text, taxonomy);
    sum.new += found.new;
    sum.same += found.same;
    sum.changed += found.changed;
    sum.refused += found.refused;
    sum.rows.push(...found.rows.map((one) => ({ ...one, row: one.row + piece.before })));
    for (const [label, count] of Object.entries(found.labels)) {
      sum.labels[label] = (sum.labels[label] ?? 0) + count;
    }
    onPart((at + 1) / pieces.length);
  }
  return sum;
}
export const examplesUrl = (taxonomy: string) =>
  `/api/v1/labels/export?taxonomy=${encodeURIComponent(taxonomy)}`;
