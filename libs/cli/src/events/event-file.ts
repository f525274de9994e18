import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** One line of an NDJSON file of CloudEvents. */
export interface EventLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** The event's subject; '' when the line is not JSON or has none. */
  readonly subject: string;
}

/** Reads a file of one structured CloudEvent a line, plain or `.gz`. Empty lines are passed over. */
export async function* readEventFile(path: string): AsyncGenerator<EventLine> {
  const raw = createReadStream(path);
  const input = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (text.trim() !== '') yield { number, text, subject: subjectOf(text) };
  }
}

function subjectOf(text: string): string {
  try {
    const { subject } = JSON.parse(text) as { subject?: unknown };
    return typeof subject === 'string' ? subject : '';
  } catch {
    return '';
  }
}
