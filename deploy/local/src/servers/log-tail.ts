import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 8_192;

/** The last lines of a log file, for the message of a start that failed. Empty when there is no file. */
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
    return bytes.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(descriptor);
  }
}
