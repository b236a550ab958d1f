import { describe, expect, it } from 'vitest';
import type { Label } from '~/api/types';
import { keyOf, keyProblem, treeOf, withBelow } from '~/features/labels/tree';

const label = (name: string, parent: string | null = null): Label => ({
  name,
  name_zh: name,
  name_en: name,
  description_zh: '',
  description_en: '',
  parent,
  examples: [],
  documents: 0,
});

const LABELS = [label('lease', 'deed'), label('deed'), label('memo'), label('flat', 'lease')];

describe('a taxonomy as a tree', () => {
  it('puts labels under their parents, also those listed before them', () => {
    const [deed, memo] = treeOf(LABELS);
    expect(deed?.below.map((one) => one.label.name)).toEqual(['lease']);
    expect(deed?.below[0]?.below.map((one) => one.label.name)).toEqual(['flat']);
    expect(memo?.label.name).toBe('memo');
  });

  it('shows a label whose parent is missing at the top', () => {
    expect(treeOf([label('orphan', 'gone')]).map((one) => one.label.name)).toEqual(['orphan']);
  });

  it('knows all below a label', () => {
    expect([...withBelow(LABELS, 'deed')].sort()).toEqual(['deed', 'flat', 'lease']);
    expect([...withBelow(LABELS, 'memo')]).toEqual(['memo']);
  });
});

describe('keys', () => {
  it('are made of names in any script', () => {
    expect(keyOf(' Purchase order (EU) ')).toBe('purchase_order_eu');
    expect(keyOf('采购 合同')).toBe('采购_合同');
  });

  it('are refused when empty, with separators, or taken', () => {
    expect(keyProblem('', [])).toBe('keyInvalid');
    expect(keyProblem('a,b', [])).toBe('keyInvalid');
    expect(keyProblem('memo', ['memo'])).toBe('keyTaken');
    expect(keyProblem('合同', ['memo'])).toBe(null);
  });
});
