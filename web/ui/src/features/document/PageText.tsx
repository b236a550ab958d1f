/** A page's text as blocks: headings, paragraphs, lists, tables. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getText } from '~/api/endpoints';
import type { TextBlock } from '~/api/types';
import { Marked } from '~/components/Marked';
import { Failed, Loading } from '~/components/States';
import { wordRanges } from '~/features/document/find';
import classes from '~/features/document/PageText.module.css';

interface Props {
  document: number;
  page: number;
  query?: string | undefined;
  lang?: string | null;
}

export function PageText({ document, page, query, lang }: Props) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['text', document, page],
    queryFn: () => getText(document, page),
    staleTime: 60_000,
  });
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={6} height={18} />;
  const blocks = data.pages.flatMap((one) => one.blocks).filter((b) => b.text || b.rows?.length);
  if (blocks.length === 0) return <Text c="dimmed">{t('document.noText')}</Text>;
  return (
    <div className={classes.text} lang={lang ?? undefined}>
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks of a page never change order
        <BlockView key={index} block={block} query={query} />
      ))}
    </div>
  );
}

function BlockView({ block, query }: { block: TextBlock; query?: string | undefined }) {
  const marked = (text: string) => <Marked text={text} ranges={wordRanges(text, query)} />;
  if (block.rows?.length) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling table must be reachable by keyboard
      <div className={classes.tableScroll} tabIndex={0} role="group">
        <table className={classes.table}>
          <tbody>
            {block.rows.map((row, r) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows never change order
              <tr key={r}>
                {row.map((cell, c) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: cells never change order
                  <td key={c}>{marked(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  if (block.kind === 'title' || block.kind === 'heading') {
    return (
      <p className={classes.heading} data-level={block.kind === 'title' ? 1 : (block.level ?? 2)}>
        {marked(block.text)}
      </p>
    );
  }
  if (block.kind === 'code') return <pre className={classes.code}>{marked(block.text)}</pre>;
  return (
    <p className={classes.block} data-kind={block.kind}>
      {marked(block.text)}
    </p>
  );
}
