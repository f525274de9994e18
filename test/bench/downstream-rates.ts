import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { Stack } from '@farthing/local/stack';
import type pg from 'pg';

export type Reader = 'wallets' | 'invoicing';

const LOOK_FOR_MS = 15_000;
const EVERY_MS = 100;

/**
 * How many charges/s a reader of rated messages takes that has stood still so far: over 15 seconds
 * from its first commit, or until it has them all.
 */
export async function catchUpRate(
  stack: Stack,
  client: pg.Client,
  reader: Reader,
): Promise<number> {
  const all = await chargesPublished(client);
  const already = await chargesTaken(client, reader);
  await stack.restart(reader);
  try {
    const first = await whenMoved(client, reader, already);
    let last = first;
    while (last.charges < all && performance.now() - first.atMs < LOOK_FOR_MS) {
      await sleep(EVERY_MS);
      const charges = await chargesTaken(client, reader);
      if (charges > last.charges) last = { charges, atMs: performance.now() };
    }
    return ((last.charges - first.charges) * 1_000) / (last.atMs - first.atMs);
  } finally {
    await stack.kill(reader, 'SIGKILL');
  }
}

async function whenMoved(client: pg.Client, reader: Reader, already: number) {
  const deadline = performance.now() + LOOK_FOR_MS * 4;
  for (;;) {
    const charges = await chargesTaken(client, reader);
    if (charges > already) return { charges, atMs: performance.now() };
    if (performance.now() > deadline) throw new Error(`${reader} takes no rated message`);
    await sleep(EVERY_MS);
  }
}

async function chargesPublished(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ charges: string }>(
    `select coalesce(sum(charges), 0) as charges from rating.rated_ranges
      where published_at is not null`,
  );
  return Number(rows[0]!.charges);
}

/** The charges of the ranges that lie below the positions that the reader has come to. */
async function chargesTaken(client: pg.Client, reader: Reader): Promise<number> {
  const { rows } = await client.query<{ charges: string }>(
    `select coalesce(sum(charges), 0) as charges
       from ${reader}.partition_offsets o
       join rating.rated_ranges r on r.partition = o.partition
        and (r.to_offset, r.to_index) <= (o.position_offset, o.position_index)
      where o.topic = $1::text`,
    [TOPICS.chargesRated],
  );
  return Number(rows[0]!.charges);
}
