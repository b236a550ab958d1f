import { describe, expect, it } from 'vitest';
import { chosenValues, toggled } from '~/features/search/Facets';

describe('a facet in the address', () => {
  it('takes values in and out', () => {
    expect(toggled(undefined, 'pdf')).toBe('pdf');
    expect(toggled('pdf', 'docx')).toBe('pdf,docx');
    expect(toggled('pdf,docx', 'pdf')).toBe('docx');
    expect(toggled('pdf', 'pdf')).toBeUndefined();
    expect(chosenValues('pdf,,docx')).toEqual(['pdf', 'docx']);
  });
});
