/** A text with its highlights. */
import { Fragment } from 'react';
import { piecesOf } from '~/components/highlights';

interface Props {
  text: string;
  ranges: readonly (readonly [number, number])[];
  lang?: string | null;
}

export function Marked({ text, ranges, lang }: Props) {
  return (
    <span lang={lang ?? undefined}>
      {piecesOf(text, ranges).map((piece) =>
        piece.marked ? (
          <mark key={piece.start}>{piece.text}</mark>
        ) : (
          <Fragment key={piece.start}>{piece.text}</Fragment>
        ),
      )}
    </span>
  );
}
