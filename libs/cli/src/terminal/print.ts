import Table from 'cli-table3';

/** One JSON document and a line end on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A note for the person at the terminal: never on stdout, which is for results. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Rows under a head, without borders; columns whose head ends in `>` are aligned right. */
export function printTable(head: readonly string[], rows: ReadonlyArray<readonly string[]>): void {
  const table = new Table({
    head: head.map((title) => title.replace(/>$/, '')),
    colAligns: head.map((title) => (title.endsWith('>') ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: NO_BORDERS,
  });
  for (const row of rows) table.push([...row]);
  printLine(table.toString());
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
