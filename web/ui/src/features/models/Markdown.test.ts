import { expect, it } from 'vitest';
import { blocksOf } from './Markdown';

it('takes a card apart and leaves its front matter out', () => {
  const card = [
    '---',
    'license: other',
    '---',
    '# model',
    'One line',
    'and another.',
    '',
    '| a | b |',
    '|---|---:|',
    '| 1 | 2 |',
    '- first',
    '- second',
    '```',
    'kb models list',
    '```',
    '<script>alert(1)</script>',
  ].join('\n');
  expect(blocksOf(card)).toEqual([
    { kind: 'heading', text: 'model' },
    { kind: 'paragraph', text: 'One line and another.' },
    {
      kind: 'table',
      rows: [
        ['a', 'b'],
        ['1', '2'],
      ],
    },
    { kind: 'list', items: ['first', 'second'] },
    { kind: 'code', text: 'kb models list' },
    { kind: 'paragraph', text: '<script>alert(1)</script>' },
  ]);
});

it('ends where a card breaks off', () => {
  expect(blocksOf('```\nnever closed')).toEqual([{ kind: 'code', text: 'never closed' }]);
  expect(blocksOf('')).toEqual([]);
});
