/** Whatever dialog of the categories is open. */
import type { Label, Taxonomy } from '~/api/types';
import { MergeDialog, RemoveDialog, RenameDialog } from '~/features/labels/ChangeDialogs';
import { ImportDialog } from '~/features/labels/ImportDialog';
import { LabelDialog } from '~/features/labels/LabelDialog';
import { NewTaxonomy } from '~/features/labels/NewTaxonomy';
import { SplitDialog } from '~/features/labels/SplitDialog';

export type Asking =
  | { kind: 'add'; parent: string | null }
  | { kind: 'edit' | 'rename' | 'merge' | 'split' | 'remove'; label: Label }
  | { kind: 'new' }
  | { kind: 'import' };

interface Props {
  asking: Asking;
  taxonomy: Taxonomy | undefined;
  all: readonly Taxonomy[];
  onAsk: (asking: Asking) => void;
  onClose: () => void;
}

export function Dialogs({ asking, taxonomy, all, onAsk, onClose }: Props) {
  if (asking.kind === 'new') return <NewTaxonomy all={all} onClose={onClose} />;
  if (asking.kind === 'import') {
    return <ImportDialog shown={taxonomy} all={all} onClose={onClose} />;
  }
  if (!taxonomy) return null;
  if (asking.kind === 'add') {
    return <LabelDialog taxonomy={taxonomy} parent={asking.parent} onClose={onClose} />;
  }
  const common = { taxonomy, label: asking.label, onClose };
  if (asking.kind === 'edit') return <LabelDialog {...common} />;
  if (asking.kind === 'rename') return <RenameDialog {...common} />;
  if (asking.kind === 'merge') return <MergeDialog {...common} />;
  if (asking.kind === 'split') return <SplitDialog {...common} />;
  return <RemoveDialog {...common} onMerge={() => onAsk({ kind: 'merge', label: asking.label })} />;
}
