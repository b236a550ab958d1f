/** The shapes of the HTTP contract that screens work with. */

export type DocumentStatus =
  | 'received'
  | 'parsing'
  | 'searchable'
  | 'enriching'
  | 'ready'
  | 'failed'
  | 'deleted';

export interface User {
  id: number;
  name: string;
  role: 'member' | 'admin';
  has_password: boolean;
}

export interface Session {
  user: User | null;
  csrf_token: string;
  version: string;
  needs_setup: boolean;
  upload: { max_mb: number; multipart_max_mb: number };
}

export interface CollectionRef {
  id: number;
  name: string;
}

export interface Collection extends CollectionRef {
  documents: number;
  may_write: boolean;
  may_manage: boolean;
}

export interface StageError {
  stage: string;
  code: string;
  message: string;
  retryable: boolean;
}

export interface CategoryName {
  name: string | null;
  name_zh: string | null;
  name_en: string | null;
}

export interface Category extends CategoryName {
  confidence: number;
  source: 'model' | 'person';
}

export interface DocumentRow {
  id: number;
  name: string;
  path: string;
  title: string;
  collection: CollectionRef;
  status: DocumentStatus;
  format: string;
  media_type: string;
  size: number;
  pages: number | null;
  language: string | null;
  category: Category | null;
  created_at: string;
  created_by: string | null;
  progress: { stage: string; done: number; total: number } | null;
  error: StageError | null;
  deleted_at: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface DocumentPage extends Page<DocumentRow> {
  counts: { total: number; by_status: Partial<Record<DocumentStatus, number>> };
}

export interface SummarySentence {
  text: string;
  sources: { passage: number; page: number }[];
}

export interface Summary {
  kind: 'extractive' | 'generated';
  text: string;
  model: string;
  coverage: { windows_read: number; windows_total: number };
  sentences: SummarySentence[];
}

export interface Probability {
  name: string;
  name_zh: string;
  name_en: string;
  probability: number;
}

export interface Classification {
  label: string | null;
  confidence: number;
  source: 'model' | 'person';
  model: string;
  probabilities: Probability[];
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface StageRun {
  stage: string;
  state: JobState;
  attempt: number;
  job: number;
  started_at: string | null;
  finished_at: string | null;
  done: number;
  total: number;
  error?: StageError | null;
}

export interface PageInfo {
  number: number;
  width: number;
  height: number;
  source: 'text' | 'ocr';
  quality: number;
  warnings: string[];
}

export interface DocumentDetail extends DocumentRow {
  sha256: string;
  version: number;
  summary: Summary | null;
  classification: Classification | null;
  stages: StageRun[];
  metadata: Record<string, string>;
  warnings: string[];
  page_list: PageInfo[];
}

/** x0, y0, x1, y1 in points from the top left corner of the page. */
export type Box = [number, number, number, number];

export interface TextBlock {
  kind: string;
  text: string;
  box: Box;
  level?: number | null;
  rows?: string[][] | null;
  confidence?: number | null;
}

export interface TextPage {
  number: number;
  width: number;
  height: number;
  source: 'text' | 'ocr';
  quality: number;
  blocks: TextBlock[];
}

export interface DocumentHits {
  pages: { number: number; boxes: Box[] }[];
  total: number;
}

export type SearchMode = 'hybrid' | 'lexical' | 'vector';

export interface Hit {
  document: number;
  version: number;
  passage: number;
  name: string;
  title: string;
  path: string;
  collection: CollectionRef;
  format: string;
  category: CategoryName | null;
  language: string | null;
  page: number;
  boxes: { page: number; box: Box }[];
  score: number;
  found_by: 'words' | 'meaning' | 'both';
  heading_path: string[];
  snippet: string;
  highlights: [number, number][];
  created_at: string;
}

export interface FacetValue {
  value: string | number;
  label: string;
  count: number;
}

export type FacetName = 'collection' | 'category' | 'language' | 'format';

export interface SearchResult {
  query: string;
  mode: SearchMode;
  took_ms: number;
  generation: number | null;
  notice: string | null;
  total: number;
  hits: Hit[];
  facets: Record<FacetName, FacetValue[]>;
}

export interface Suggestion {
  text: string;
  kind: 'document' | 'term';
  document?: number | null;
}

export interface Label {
  name: string;
  name_zh: string;
  name_en: string;
  description_zh: string;
  description_en: string;
  parent: string | null;
  documents?: number;
}

export interface Taxonomy {
  name: string;
  labels: Label[];
}

export interface Generation {
  id: number;
  state: string;
  embedder: string;
  passages: number;
  created_at: string;
  activated_at: string | null;
  progress?: { done: number; total: number } | null;
  gates?: unknown;
}

export interface UploadedDocument {
  id: number | null;
  name: string;
  status: DocumentStatus | 'rejected';
  duplicate_of?: number | null;
  error?: StageError | null;
}
