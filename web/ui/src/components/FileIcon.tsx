/** A small tag that tells the format apart by letters and tint, not by colour alone. */
import classes from '~/components/FileIcon.module.css';

const TINTS: Record<string, string> = {
  pdf: 'red',
  docx: 'blue',
  doc: 'blue',
  odt: 'blue',
  rtf: 'blue',
  xlsx: 'green',
  xls: 'green',
  csv: 'green',
  ods: 'green',
  pptx: 'orange',
  ppt: 'orange',
  odp: 'orange',
  eml: 'violet',
  msg: 'violet',
  png: 'teal',
  jpeg: 'teal',
  jpg: 'teal',
  tiff: 'teal',
};

export function FileIcon({ format }: { format: string }) {
  const name = format.toLowerCase();
  return (
    <span className={classes.icon} data-tint={TINTS[name] ?? 'gray'} aria-hidden="true">
      {name.slice(0, 4).toUpperCase()}
    </span>
  );
}
