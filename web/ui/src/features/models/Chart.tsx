/** Lines over a number, drawn as SVG: no library, sharp at every width. */
import { useId } from 'react';
import classes from '~/features/models/Loop.module.css';

export interface Line {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

interface Props {
  lines: readonly Line[];
  /** What the lines say, for those who do not see them. */
  label: string;
  xName: string;
  formatX: (value: number) => string;
  formatY: (value: number) => string;
  /** Smallest and largest value of the axis; from the points unless given. */
  range?: readonly [number, number];
}

/** The least and the most of some numbers, a little apart where they are equal. */
export function extent(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low < high) return [low, high];
  const room = Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
}

/** "M x y L x y…" in a square of 100 by 100, y upwards; a single point is a short dash. */
export function path(
  points: Line['points'],
  [left, right]: readonly [number, number],
  [low, high]: readonly [number, number],
): string {
  const place = ([x, y]: readonly [number, number]) =>
    `${((100 * (x - left)) / (right - left)).toFixed(2)} ${(100 - (100 * (y - low)) / (high - low)).toFixed(2)}`;
  if (points.length === 1 && points[0]) return `M${place(points[0])}h2`;
  return points.map((point, at) => `${at ? 'L' : 'M'}${place(point)}`).join('');
}

export function Chart({ lines, label, xName, formatX, formatY, range }: Props) {
  const id = useId();
  const all = lines.flatMap((line) => line.points);
  if (all.length === 0) return null;
  const across = extent(all.map(([x]) => x));
  const up = range ?? extent(all.map(([, y]) => y));
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.legend} id={id}>
        {lines.map((line, at) => (
          <span key={line.name} className={classes.legendItem} data-line={at}>
            <svg width="18" height="8" aria-hidden="true">
              <path d="M0 4H18" />
            </svg>
            {line.name}
          </span>
        ))}
      </figcaption>
      <div className={classes.plot}>
        <div className={`${classes.yAxis} tabular`} aria-hidden="true">
          <span>{formatY(up[1])}</span>
          <span>{formatY((up[0] + up[1]) / 2)}</span>
          <span>{formatY(up[0])}</span>
        </div>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={label}>
          <path className={classes.grid} d="M0 0H100M0 50H100M0 100H100" />
          {lines.map((line, at) => (
            <path key={line.name} data-line={at} d={path(line.points, across, up)} />
          ))}
        </svg>
      </div>
      <div className={`${classes.xAxis} tabular`} aria-hidden="true">
        <span>{formatX(across[0])}</span>
        <span>{xName}</span>
        <span>{formatX(across[1])}</span>
      </div>
    </figure>
  );
}
