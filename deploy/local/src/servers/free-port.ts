import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below 32768, where Linux starts to take the source ports of outgoing connections: a client that
 * keeps dialling a stopped server on a port of that range can be given the very port, and then
 * connects to itself.
 */
const lowest = 20_000;
const beyond = 32_000;

/** A loopback port that nothing listens on; `preferred` when that one is free. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(lowest, beyond);
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`no free loopback port between ${lowest} and ${beyond}`);
}

// A port is bound only after its server has started: the same one must not be given twice
// meanwhile.
const handedOut = new Set<number>();

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
