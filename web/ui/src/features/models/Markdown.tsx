/** A model card: the few forms of Markdown that cards use. Nothing is taken for HTML. */
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from '~/features/models/Loop.module.css';
import { Wide } from '~/features/models/Part';

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; rows: string[][] };

const cells = (line: string) =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

/** Take a card apart; its front matter is left out. */
export function blocksOf(text: string): Block[] {
  const lines = text.replace(/^---\n[\s\S]*?\n---\n/, '').split('\n');
  const blocks: Block[] = [];
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const while_ = (holds: (next: string) => boolean) => {
      const taken = [line];
      while (lines[0] !== undefined && holds(lines[0])) taken.push(lines.shift() ?? '');
      return taken;
    };
    if (!line.trim()) continue;
    if (line.startsWith('```')) {
      const taken = while_((next) => !next.startsWith('```')).slice(1);
      lines.shift();
      blocks.push({ kind: 'code', text: taken.join('\n') });
    } else if (/^#{1,6} /.test(line)) {
      blocks.push({ kind: 'heading', text: line.replace(/^#+ /, '') });
    } else if (line.startsWith('|')) {
      const rows = while_((next) => next.startsWith('|')).filter((row) => !/^[|\s:-]+$/.test(row));
      blocks.push({ kind: 'table', rows: rows.map(cells) });
    } else if (/^[-*] /.test(line)) {
      const items = while_((next) => /^[-*] /.test(next)).map((item) => item.slice(2));
      blocks.push({ kind: 'list', items });
    } else {
      const taken = while_((next) => next.trim() !== '' && !/^(#{1,6} |```|\||[-*] )/.test(next));
      blocks.push({ kind: 'paragraph', text: taken.join(' ') });
    }
  }
  return blocks;
}

/** **bold** and `code`. */
function inline(text: string): ReactNode {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part, at) => {
    // biome-ignore-start lint/suspicious/noArrayIndexKey: the parts of a text never move
    if (part.startsWith('**')) return <strong key={at}>{part.slice(2, -2)}</strong>;
    if (part.startsWith('`')) return <code key={at}>{part.slice(1, -1)}</code>;
    return <Fragment key={at}>{part}</Fragment>;
    // biome-ignore-end lint/suspicious/noArrayIndexKey: the parts of a text never move
  });
}

export function Markdown({ text }: { text: string }) {
  return (
    <div className={classes.prose}>
      {blocksOf(text).map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a card never move
        <Shown key={at} block={block} />
      ))}
    </div>
  );
}

function Shown({ block }: { block: Block }) {
  const { t } = useTranslation('loop');
  if (block.kind === 'heading') return <h3>{inline(block.text)}</h3>;
  if (block.kind === 'paragraph') return <p>{inline(block.text)}</p>;
  if (block.kind === 'code') return <pre>{block.text}</pre>;
  if (block.kind === 'list') {
    return (
      <ul>
        {block.items.map((item) => (
          <li key={item}>{inline(item)}</li>
        ))}
      </ul>
    );
  }
  const [head = [], ...rows] = block.rows;
  return (
    <Wide label={t('model.card')}>
      <table className={classes.table}>
        <thead>
          <tr>
            {head.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
              <th key={at} scope="col">
                {inline(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="tabular">
          {rows.map((row) => (
            <tr key={row.join('|')}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                <td key={at}>{inline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
