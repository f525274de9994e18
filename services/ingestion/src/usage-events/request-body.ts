import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { RequestRefused } from '../errors.js';

/** Of a request, before and after decompression. */
export const BODY_BYTES_MAX = 1024 * 1024;

/** Of decompression; JSON of real events stays below 50. A small body may be packed tighter. */
const RATIO_MAX = 100;
const RATIO_FREE_BYTES = 16 * 1024;

/** What is still taken from the sender of a refused request, so that it comes to read the answer. */
const DROPPED_BYTES_MAX = 16 * 1024 * 1024;
const DROPPING_MS_MAX = 2_000;

const unzip = promisify(gunzip);

/** All bytes of a body. Throws `RequestRefused` as soon as they are too many. */
export async function readRequestBody(raw: IncomingMessage, isGzip: boolean): Promise<Buffer> {
  const declared = Number(raw.headers['content-length'] ?? 0);
  if (declared > BODY_BYTES_MAX) throw new RequestRefused('body_too_large');
  const bytes = await collect(raw);
  return isGzip ? decompress(bytes) : bytes;
}

/**
 * Reads and drops what still comes of a refused request: when a connection is closed on a client that is sending, it
 * and every proxy before it see a broken connection and never the reason. False when that takes too much or too long.
 */
export function dropRestOfBody(raw: IncomingMessage): Promise<boolean> {
  const isWhole = () => raw.complete || raw.readableEnded;
  if (isWhole() || raw.destroyed) return Promise.resolve(isWhole());
  return new Promise((resolve) => {
    let length = 0;
    const timer = setTimeout(() => resolve(false), DROPPING_MS_MAX);
    raw.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > DROPPED_BYTES_MAX) resolve(false);
    });
    for (const event of ['end', 'error', 'close']) {
      raw.on(event, () => {
        clearTimeout(timer);
        resolve(isWhole());
      });
    }
    raw.resume();
  });
}

function collect(raw: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    raw.on('data', (chunk: Buffer) => {
      length += chunk.length;
      // What still comes is read and dropped until the answer has closed the connection.
      if (length > BODY_BYTES_MAX) reject(new RequestRefused('body_too_large'));
      else chunks.push(chunk);
    });
    raw.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
    raw.on('error', reject);
    raw.on('close', () => reject(new Error('the client went away')));
  });
}

/** Refuses what grows too much without making it first: a bomb of 1 MiB would be a gigabyte. */
async function decompress(bytes: Buffer): Promise<Buffer> {
  const byRatio = Math.max(RATIO_FREE_BYTES, bytes.length * RATIO_MAX);
  try {
    return await unzip(bytes, { maxOutputLength: Math.min(BODY_BYTES_MAX, byRatio) });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw new RequestRefused('not_gzip');
    }
    throw new RequestRefused(
      byRatio < BODY_BYTES_MAX ? 'compression_ratio_too_high' : 'body_too_large',
    );
  }
}
