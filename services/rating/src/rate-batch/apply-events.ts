import { failureClassOf, sqlStateOf } from '@farthing/adapters/postgres/failure-class';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { loadCustomers, loadPeriods } from '../customers/load-customers.js';
import type { Customer } from '../customers/customer.js';
import type { CustomerName } from '../customers/customers.repository.js';
import type { ChargeRows } from '../charges/charges.repository.js';
import type { RangeBuilder } from '../publish-ranges/range-builder.js';
import { Effects } from './effects.js';
import { EventRater, type RatingContext } from './event-rater.js';
import { isTakenKey, selectTaken } from './inbox.repository.js';
import { KnownEvents, type KnownEvent } from './known-events.js';
import { occurredAtOf, type LoggedEnvelope } from './logged-envelope.js';
import type { PartitionState } from './partition-state.js';
import { saveEffects } from './save-effects.js';

/** One transaction on one partition, as far as rating events in it goes. */
export interface RatingWork {
  readonly tx: Transaction;
  readonly partition: number;
  readonly state: PartitionState;
  readonly ranges: RangeBuilder;
  readonly context: RatingContext;
  readonly week: number;
  /** Weeks besides it that have an inbox table. */
  readonly otherWeeks: readonly number[];
}

/** Periods reach back a year beyond the horizon, so that the one before the earliest event is known, too. */
const LONGEST_PERIOD_MICROS = 366 * 86_400_000_000;

/** A place among the events of several envelopes. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Rates envelopes and stores what they make. Answers the effects, in order. */
export async function applyEvents(
  work: RatingWork,
  envelopes: readonly LoggedEnvelope[],
): Promise<Effects[]> {
  await loadCustomers(work.tx, work.state.customers, {
    names: namesIn(envelopes),
    periodsEndAfter: envelopes[0]!.appendedAt - work.context.horizonMicros - LONGEST_PERIOD_MICROS,
  });
  await loadPeriods(work.tx, usesIn(envelopes, work.state));
  const run = new EventRun(work, envelopes);
  await run.askInbox();
  await run.apply({ from: 0, to: run.events });
  return run.effects;
}

class EventRun {
  readonly effects: Effects[] = [];
  /** `starts[i]` is the number of events before envelope i. */
  readonly #starts: number[] = [0];
  readonly #known: KnownEvents;

  constructor(
    private readonly work: RatingWork,
    private readonly envelopes: readonly LoggedEnvelope[],
  ) {
    for (const { columns } of envelopes) this.#starts.push(this.events + columns.count);
    this.#known = new KnownEvents(this.events);
  }

  get events(): number {
    return this.#starts.at(-1)!;
  }

  /** Learns what the copy would not be refused for, or what is likely to make it be refused. */
  async askInbox(): Promise<void> {
    const { tx, week, otherWeeks, state } = this.work;
    if (otherWeeks.length > 0) {
      const keys = this.#keysOf({ from: 0, to: this.events });
      this.#learn(await selectTaken(tx, keys, { week, others: true }));
    }
    const likely = this.#keysOf({ from: 0, to: this.events }, (keys, at) =>
      state.recentKeys.has(keys, at),
    );
    if (likely.length > 0) this.#learn(await selectTaken(tx, likely, { week, others: false }));
  }

  /**
   * Optimistic: rates as if all keys were free, and again when the inbox says otherwise. What fails for its own sake
   * is found by halving the span, and becomes a dead letter.
   */
  async apply(span: Span): Promise<void> {
    if (span.from === span.to) return;
    const { tx, week } = this.work;
    for (;;) {
      const mark = this.#known.length;
      await tx.savepoint('events');
      const effects = this.#rate(span);
      const chargeRows = effects.takeChargeRows();
      try {
        await this.#save(effects, chargeRows);
        return;
      } catch (error) {
        if (failureClassOf(error) !== 'deterministic') throw error;
        await tx.rollbackTo('events');
        effects.undo();
        this.#known.truncate(mark);
        if (!isTakenKey(error)) {
          await this.#halve(span, error as Error);
          return;
        }
        const taken = await selectTaken(tx, this.#keysOf(span), { week, others: false });
        if (this.#learn(taken) === 0) throw error;
      }
    }
  }

  async #halve(span: Span, error: Error): Promise<void> {
    if (span.to - span.from === 1) {
      const effects = this.#newEffects();
      this.#eachEvent(span, (envelope, index) =>
        this.#rater(envelope, effects).deadLetter(
          index,
          sqlStateOf(error) ?? 'unknown',
          error.message,
        ),
      );
      await this.#save(effects, []);
      return;
    }
    const middle = Math.floor((span.from + span.to) / 2);
    await this.apply({ from: span.from, to: middle });
    await this.apply({ from: middle, to: span.to });
  }

  #rate(span: Span): Effects {
    const effects = this.#newEffects();
    let rater: EventRater | undefined;
    let current: LoggedEnvelope | undefined;
    this.#eachEvent(span, (envelope, index) => {
      if (envelope !== current) {
        rater = this.#rater(envelope, effects);
        current = envelope;
      }
      rater!.rate(index);
    });
    return effects;
  }

  #rater(envelope: LoggedEnvelope, effects: Effects): EventRater {
    const target = { known: this.#known, effects };
    return new EventRater(this.work.context, this.work.state, target, envelope);
  }

  #newEffects(): Effects {
    return new Effects(this.work.partition, this.work.ranges);
  }

  async #save(effects: Effects, chargeRows: readonly ChargeRows[]): Promise<void> {
    await saveEffects(this.work.tx, effects, { ...this.work, chargeRows });
    effects.saved();
    this.work.state.tallies.addAll(effects.tallies);
    this.effects.push(effects);
  }

  /** Answers how many were new. */
  #learn(taken: readonly KnownEvent[]): number {
    const fresh = taken.filter(({ keys, keyAt }) => !this.#known.find(keys, keyAt));
    for (const event of fresh) this.#known.add(event);
    return fresh.length;
  }

  #keysOf(span: Span, wanted: (keys: Buffer, at: number) => boolean = () => true): Buffer[] {
    const found: Buffer[] = [];
    this.#eachEvent(span, ({ columns: { keys } }, index) => {
      if (wanted(keys, index * 16)) found.push(keys.subarray(index * 16, index * 16 + 16));
    });
    return found;
  }

  #eachEvent({ from, to }: Span, visit: (envelope: LoggedEnvelope, index: number) => void): void {
    for (let at = 0; at < this.envelopes.length; at++) {
      const start = this.#starts[at]!;
      const end = Math.min(this.#starts[at + 1]!, to);
      const envelope = this.envelopes[at]!;
      for (let event = Math.max(start, from); event < end; event++) visit(envelope, event - start);
    }
  }
}

/** Each customer of each envelope once. */
function* namesIn(envelopes: readonly LoggedEnvelope[]): Generator<CustomerName> {
  const seen = new Set<string>();
  for (const { columns } of envelopes) {
    const pairs = new Set<number>();
    for (let index = 0; index < columns.count; index++) {
      const pair = columns.tenants[index]! * columns.strings.length + columns.customers[index]!;
      if (pairs.has(pair)) continue;
      pairs.add(pair);
      const tenant = columns.strings[columns.tenants[index]!]!;
      const customer = columns.strings[columns.customers[index]!]!;
      const id = `${tenant}\u0000${customer}`;
      if (seen.has(id)) continue;
      seen.add(id);
      yield { tenant, customer };
    }
  }
}

function* usesIn(
  envelopes: readonly LoggedEnvelope[],
  state: PartitionState,
): Generator<{ customer: Customer; occurredAt: number }> {
  for (const envelope of envelopes) {
    const { columns } = envelope;
    const customers = new Map<number, Customer>();
    for (let index = 0; index < columns.count; index++) {
      const pair = columns.tenants[index]! * columns.strings.length + columns.customers[index]!;
      let customer = customers.get(pair);
      if (!customer) {
        customer = state.customerOf(
          columns.strings[columns.tenants[index]!]!,
          columns.strings[columns.customers[index]!]!,
        );
        customers.set(pair, customer);
      }
      yield { customer, occurredAt: occurredAtOf(envelope, index) };
    }
  }
}
