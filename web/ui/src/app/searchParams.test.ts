import { describe, expect, it } from 'vitest';
import {
  documentParams,
  documentsParams,
  parseSearch,
  searchParams,
  signinParams,
  stringifySearch,
} from '~/app/searchParams';

describe('the address', () => {
  it('is plain, and comes back as it went', () => {
    const text = stringifySearch({ q: '2024', format: 'pdf,docx', mode: undefined, trash: false });
    expect(text).toBe('?q=2024&format=pdf%2Cdocx');
    expect(searchParams(parseSearch(text))).toEqual({ q: '2024', format: 'pdf,docx' });
  });

  it('drops what it does not know', () => {
    expect(searchParams({ mode: 'magic', q: '' })).toEqual({});
    expect(searchParams({ mode: 'hybrid', q: 'x' })).toEqual({ q: 'x' });
    expect(documentsParams({ sort: 'colour', collection: '-1', trash: 'true' })).toEqual({
      trash: true,
    });
    expect(documentParams({ page: '0', q: 'x' })).toEqual({ q: 'x' });
  });

  it('never leads from sign-in to another site', () => {
    expect(signinParams({ to: '/documents?q=a' })).toEqual({ to: '/documents?q=a' });
    for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', 'evil']) {
      expect(signinParams({ to })).toEqual({});
    }
  });
});
