import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { BarrierPassed } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { formatMicros, type Micros } from '@farthing/domain/period/micros';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import { leafHash } from '@farthing/domain/proof/merkle-tree';
import { chargeKindName } from '@farthing/contracts/wire/charge-kind-name';
import { saveCustomers } from './customers.repository.js';
import { leafOfCharge } from '@farthing/domain/statement/leaf-of-charge';
import { PartitionBooks } from './partition-books.js';
import { readSealedThrough } from './partition-books.repository.js';
import { addChargedLines, lineId, type ChargedLine } from './period-lines.repository.js';
import { stretchesOf, type RangedMessage } from './ranged-message.js';
import {
  customerId,
  growStatements,
  insertLeaves,
  saltsOf,
  type LeafRow,
  type StatementAddition,
} from './statement-charges.repository.js';
import { StatementNames } from './statement-names.js';

/** What a transaction did, for the metrics and to wake the runs. */
export interface AppliedRated {
  readonly charges: number;
  readonly barriers: number;
}

/** Appends what rating charged in one partition: leaves in position order, sums per line, customers' facts. */
export async function applyRatedMessages(
  tx: Transaction,
  partition: number,
  messages: readonly RangedMessage<RatedCharge>[],
): Promise<AppliedRated> {
  const echoes = messages.flatMap((message) => message.echoes);
  await saveCustomers(
    tx,
    echoes.flatMap(({ record }) => (record.case === 'customerChanged' ? [record.value] : [])),
  );
  const charges = messages.flatMap((message) => message.items);
  const barriers = await countCharges(tx, partition, messages);
  if (charges.length > 0) await appendLeaves(tx, partition, messages);
  return { charges: charges.length, barriers: barriers.length };
}

async function countCharges(
  tx: Transaction,
  partition: number,
  messages: readonly RangedMessage<RatedCharge>[],
): Promise<BarrierPassed[]> {
  const books = new PartitionBooks(tx, 'rated', partition);
  const tenants = new Set(messages.flatMap(({ items }) => items.map(({ tenant }) => tenant)));
  const sealedThrough = await readSealedThrough(tx, partition, [...tenants]);
  const barriers: BarrierPassed[] = [];
  for (const { items, barrier } of stretchesOf(messages)) {
    for (const charge of items) {
      assertOpen(charge, sealedThrough.get(charge.tenant));
      books.count(charge.tenant, charge.currency, charge.amountNanos);
    }
    if (!barrier) continue;
    await books.pass(barrier);
    const sealed = sealedThrough.get(barrier.tenant) ?? Number(barrier.closesBeforeMicros);
    sealedThrough.set(barrier.tenant, Math.max(sealed, Number(barrier.closesBeforeMicros)));
    barriers.push(barrier);
  }
  await books.save();
  return barriers;
}

/** Rating books a late charge to an open period; one in a sealed period would change a statement that is out. */
function assertOpen(charge: RatedCharge, sealedThrough: Micros | undefined): void {
  if (sealedThrough === undefined || charge.bookingTo > sealedThrough) return;
  const period = `${formatMicros(charge.bookingFrom)} to ${formatMicros(charge.bookingTo)}`;
  throw new PartitionHalted(
    'unrecorded_failure',
    `a charge was booked to a sealed period, ${period}`,
  );
}

async function appendLeaves(
  tx: Transaction,
  partition: number,
  messages: readonly RangedMessage<RatedCharge>[],
): Promise<void> {
  const names = new StatementNames();
  const additions = new Map<string, Mutable<StatementAddition>>();
  const lines = new Map<string, ChargedLine>();
  const customers = new Map<string, { tenant: string; customer: string }>();
  for (const charge of messages.flatMap(({ items }) => items)) {
    const statement = names.nameOf(charge);
    addTo(additions, statement, charge);
    addLine(lines, statement, charge);
    customers.set(customerId(charge), { tenant: charge.tenant, customer: charge.customer });
  }
  const salts = await saltsOf(tx, [...customers.values()]);
  const nextIndex = await growStatements(tx, partition, [...additions.values()]);
  const leaves: LeafRow[] = [];
  for (const { from, items } of messages) {
    const { generation } = from;
    for (const charge of items) {
      const statement = names.nameOf(charge);
      const leafIndex = nextIndex.get(statement);
      if (leafIndex === undefined) {
        throw new PartitionHalted('unrecorded_failure', `statement ${statement} is sealed`);
      }
      nextIndex.set(statement, leafIndex + 1);
      const salt = salts.get(customerId(charge))!;
      const kind = chargeKindName(charge.kind);
      const surroundings = { generation, partition, kind, salt };
      const leaf = canonicalJson({ ...leafOfCharge(charge, surroundings) });
      const { tenant, offset, index, n, amountNanos } = charge;
      const place = { tenant, statement, leafIndex, generation, partition, offset, index, n };
      leaves.push({ ...place, amountNanos, hash: leafHash(Buffer.from(leaf)), leaf });
    }
  }
  await insertLeaves(tx, leaves);
  await addChargedLines(tx, [...lines.values()]);
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

function addTo(
  additions: Map<string, Mutable<StatementAddition>>,
  statement: string,
  charge: RatedCharge,
): void {
  const known = additions.get(statement);
  if (known) {
    known.charges += 1;
    known.sumNanos += charge.amountNanos;
    return;
  }
  const { tenant, customer, currency, bookingFrom: from, bookingTo: to } = charge;
  const sums = { charges: 1, sumNanos: charge.amountNanos };
  additions.set(statement, { tenant, statement, customer, currency, from, to, ...sums });
}

function addLine(lines: Map<string, ChargedLine>, statement: string, charge: RatedCharge): void {
  const { tenant, price, cell, priceVersion, usageFrom, usageTo } = charge;
  const kind = chargeKindName(charge.kind);
  const key = { tenant, statement, price, cell, kind, priceVersion, usageFrom };
  const id = lineId(key);
  const quantity = charge.quantityAfter - charge.quantityBefore;
  const known = lines.get(id);
  if (!known) {
    lines.set(id, { ...key, usageTo, charges: 1, quantity, chargeNanos: charge.amountNanos });
    return;
  }
  known.charges += 1;
  known.quantity += quantity;
  known.chargeNanos += charge.amountNanos;
}
