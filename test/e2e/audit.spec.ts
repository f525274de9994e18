import { beforeAll, describe, expect, it } from 'vitest';
import type { Stack } from '@farthing/local/stack';
import pg from 'pg';
import { closeBefore } from '../stack/cycle-run.js';
import { auditOf, violatedOf } from '../stack/farthing-command.js';
import { newTenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';
import { PLANTED_CORRUPTIONS } from './planted-corruptions.js';

let stack: Stack;

/** Books in which each planted corruption finds a row: two closed months, and a grant that pays a part. */
beforeAll(async () => {
  const shared = await sharedStack();
  stack = shared.stack;
  const { door } = await newTenant(shared.place);
  for (const back of [2, 1]) {
    const month = completeMonth(back);
    const events = Array.from({ length: 20 }, (_, at) =>
      usageEvent({
        id: `${back}-${at}`,
        source: `audit-${back}`,
        type: at % 2 === 0 ? 'article.read' : 'picture.viewed',
        subject: `reader-${at % 5}`,
        time: onDay(month, at + 1),
      }),
    );
    await door.sendBatch(events);
    await untilEnded(door, `audit-${back}`, events.length);
    await closeBefore(door, month.to);
  }
});

it('finds nothing in sound books', async () => {
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
  expect(findings.map(({ invariant }) => invariant)).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 13]);
});

describe('finds what nobody may do to the books', () => {
  it.each(PLANTED_CORRUPTIONS)('$invariant: $story', async ({ invariant, plant, undo }) => {
    await change(plant);
    try {
      const { code, findings } = await auditOf(stack);
      expect(Object.keys(violatedOf(findings))).toContain(String(invariant));
      expect(code).toBe(1);
    } finally {
      await change(undo);
    }
  });

  it('and nothing once all of it is taken back', async () => {
    expect(violatedOf((await auditOf(stack)).findings)).toEqual({});
  });
});

async function change(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: stack.adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(sql);
    // `alter table` changes no row; everything else must have found one.
    if (rowCount === 0) throw new Error(`found no row: ${sql}`);
  } finally {
    await client.end();
  }
}
