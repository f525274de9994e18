import { ChargeKind, type Echo } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { encodePaidMessage, type ChargePayment } from '@farthing/contracts/wire/paid-message';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { encodeRatedMessage } from '@farthing/contracts/wire/rated-message';

export const TENANT = 'acme';
export const UNIT = 1_000_000_000n;
export const CENT = 10_000_000n;
export const PARTITIONS = 4;
/** Month 0 is January 2026. */
export const monthStart = (month: number): number => Date.UTC(2026, month, 1) * 1_000;

/** What a spec says of a charge; the rest follows. `month` is the booking period. */
export interface GivenCharge {
  readonly tenant?: string;
  readonly customer: string;
  readonly amountNanos: bigint;
  readonly month?: number;
  readonly usageMonth?: number;
  readonly price?: string;
  /** By grants, in burn order; the rest is receivable. */
  readonly paidByGrants?: ReadonlyArray<readonly [grant: string, amountNanos: bigint]>;
}

interface Lane {
  nextOffset: bigint;
  /** How many messages of it are out: the offset of the next one in both topics. */
  messages: bigint;
  readonly charges: RatedCharge[];
  readonly payments: ChargePayment[];
  readonly tallies: Map<string, { charges: bigint; sum: bigint }>;
}

export interface PipeMessage {
  readonly partition: number;
  readonly offset: bigint;
  readonly rated: Buffer;
  readonly paid: Buffer;
}

/** Plays rating and wallets: what they would say of charges and barriers, partition by partition. */
export class Pipe {
  private readonly lanes: Lane[];
  private readonly quantities = new Map<string, bigint>();
  readonly sent: PipeMessage[] = [];

  constructor(private readonly partitions: number) {
    this.lanes = Array.from({ length: partitions }, () => ({
      nextOffset: 0n,
      messages: 0n,
      charges: [],
      payments: [],
      tallies: new Map<string, { charges: bigint; sum: bigint }>(),
    }));
  }

  charge(given: GivenCharge): RatedCharge {
    const { customer, amountNanos, price = 'articles', month = 0, tenant = TENANT } = given;
    const usageMonth = given.usageMonth ?? month;
    const lane = this.lanes[partitionOf(tenant, customer, this.partitions)]!;
    const offset = lane.nextOffset++;
    const accumulator = [tenant, customer, price, usageMonth].join(' ');
    const quantityBefore = this.quantities.get(accumulator) ?? 0n;
    this.quantities.set(accumulator, quantityBefore + UNIT);
    const charge: RatedCharge = {
      offset,
      index: 0,
      n: 0,
      tenant,
      customer,
      currency: 'USD',
      kind: ChargeKind.USAGE,
      corrects: '',
      source: 'spec',
      eventId: `${customer}-${offset}`,
      type: 'article.read',
      meter: 'articles',
      price,
      priceVersion: 1,
      cell: '',
      occurredAt: monthStart(usageMonth) + Number(offset),
      usageFrom: monthStart(usageMonth),
      usageTo: monthStart(usageMonth + 1),
      bookingFrom: monthStart(month),
      bookingTo: monthStart(month + 1),
      quantityBefore,
      quantityAfter: quantityBefore + UNIT,
      amountNanos,
      quoteDifferenceNanos: 0n,
      bodyHash: Buffer.alloc(32, 7),
      shares: [{ creator: 'writer', amountNanos: (amountNanos * 7n) / 10n }],
    };
    lane.charges.push(charge);
    this.pay(lane, charge, given.paidByGrants ?? []);
    const tally = lane.tallies.get(tenant) ?? { charges: 0n, sum: 0n };
    lane.tallies.set(tenant, { charges: tally.charges + 1n, sum: tally.sum + amountNanos });
    return charge;
  }

  private pay(lane: Lane, charge: RatedCharge, grants: GivenCharge['paidByGrants'] & object): void {
    const byGrants = grants.reduce((sum, [, amount]) => sum + amount, 0n);
    const parts = [...grants, ['', charge.amountNanos - byGrants] as const];
    for (const [grant, amountNanos] of parts) {
      if (amountNanos !== 0n) lane.payments.push({ ...charge, grant, amountNanos });
    }
  }

  /** Everything since the last flush, one message a partition that has something. */
  flush(): PipeMessage[] {
    return this.lanes.flatMap((lane, partition) =>
      lane.charges.length > 0 ? [this.send(lane, partition, [])] : [],
    );
  }

  /** The barrier into every partition, with the figures since the last one; `lie` changes what wallets say. */
  barrier(
    run: { readonly id: string; readonly tenant: string; readonly closesBefore: number },
    lie: (charges: bigint) => bigint = (charges) => charges,
  ): PipeMessage[] {
    return this.lanes.map((lane, partition) => {
      const tally = lane.tallies.get(run.tenant) ?? { charges: 0n, sum: 0n };
      lane.tallies.delete(run.tenant);
      const offset = lane.nextOffset++;
      const echoOf = (charges: bigint) => ({
        offset,
        index: 1,
        record: {
          case: 'barrierPassed' as const,
          value: {
            runId: run.id,
            tenant: run.tenant,
            closesBeforeMicros: BigInt(run.closesBefore),
            charges,
            sums: charges === 0n ? [] : [{ currency: 'USD', sumNanos: tally.sum.toString() }],
          },
        },
      });
      return this.send(lane, partition, [echoOf(tally.charges), echoOf(lie(tally.charges))]);
    });
  }

  private send(lane: Lane, partition: number, echoes: readonly object[]): PipeMessage {
    const [ratedEcho, paidEcho] = echoes as readonly Echo[];
    const first = lane.charges[0]?.offset ?? ratedEcho!.offset;
    const range = {
      from: { generation: 1, partition, offset: first, index: 0 },
      to: { generation: 1, partition, offset: lane.nextOffset, index: 0 },
    };
    const message = {
      partition,
      offset: lane.messages++,
      rated: encodeRatedMessage({
        ...range,
        echoes: ratedEcho ? [ratedEcho] : [],
        appliedHolds: [],
        charges: lane.charges.splice(0),
      }),
      paid: encodePaidMessage({
        ...range,
        echoes: paidEcho ? [paidEcho] : [],
        payments: lane.payments.splice(0),
      }),
    };
    this.sent.push(message);
    return message;
  }
}
