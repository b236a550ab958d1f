/** The shapes of the interface, by the names the screens use; all generated (`npm run types`). */
import type { components } from '~/api/schema';

type Shapes = components['schemas'];

export type Session = Shapes['SessionOut'];
export type Collection = Shapes['CollectionOut'];
export type StageError = Shapes['StageError'];
export type CategoryName = Shapes['CategoryNames'];
export type DocumentRow = Shapes['DocumentRow'];
export type DocumentStatus = DocumentRow['status'];
export type DocumentPage = Omit<Shapes['DocumentList'], 'counts'> & {
  counts: { total: number; by_status: Partial<Record<DocumentStatus, number>> };
};
export type Summary = Shapes['SummaryOut'];
export type Classification = Shapes['ClassificationOut'];
export type StageRun = Shapes['StageOut'];
export type JobState = StageRun['state'];
export type PageInfo = Shapes['PageOut'];
export type Job = Shapes['JobOut'];
export type WorstPage = Shapes['WorstPageOut'];
export type DocumentDetail = Shapes['DocumentDetail'];
export type TextBlock = Shapes['BlockOut'];
export type TextPages = Shapes['TextOut'];
export type DocumentHits = Shapes['HitsOut'];
export type SearchMode = Shapes['SearchOut']['mode'];
export type Hit = Shapes['HitOut'];
export type FacetName = keyof Shapes['FacetsOut'];
export type SearchResult = Shapes['SearchOut'];
export type Suggestion = Shapes['SuggestionOut'];
export type Label = Shapes['LabelShape'];
export type Taxonomy = Shapes['TaxonomyShape'];
export type UploadedDocument = Shapes['UploadedDocument'];

/** x0, y0, x1, y1 in points from the top left corner of the page. */
export type Box = [number, number, number, number];
