import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 16_384;
const mark = '--- started ';

/** What a log gets before a process writes to it: logs are appended to, start after start. */
export function startLine(): string {
  return `${mark}${new Date().toISOString()}\n`;
}

/**
 * The last lines of the last start in a log file, for the message of one that failed. Empty when
 * there is no file.
 */
export function logTail(file: string, lines = 15): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(descriptor);
    const length = Math.min(size, tailBytes);
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, size - length);
    return lastLines(bytes.toString('utf8'), lines);
  } finally {
    closeSync(descriptor);
  }
}

function lastLines(text: string, count: number): string {
  const all = text.trimEnd().split('\n');
  const from = all.findLastIndex((line) => line.startsWith(mark)) + 1;
  return all.slice(Math.max(from, all.length - count)).join('\n');
}
