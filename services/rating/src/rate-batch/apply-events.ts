import { failureClassOf, sqlStateOf } from '@farthing/adapters/postgres/failure-class';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { loadCustomers, loadPeriods } from '../customers/load-customers.js';
import type { Customer } from '../customers/customer.js';
import type { PeriodOfCustomer } from '../customers/customers.repository.js';
import { loadSeenValues, type SeenOfPeriod } from '../customers/seen-values.repository.js';
import { loadUnlocks, type UnlockOfCustomer } from '../customers/unlocks.repository.js';
import type { ChargeRows } from '../charges/charges.repository.js';
import type { RangeBuilder } from '../publish-ranges/range-builder.js';
import type { CheckedTokens } from './check-tokens.js';
import { ChunkEvents, KEY_BYTES } from './chunk-events.js';
import { Effects } from './effects.js';
import { customersOf, namesIn, unloadedPeriodsOf } from './event-customers.js';
import { EventRater } from './event-rater.js';
import type { RatingContext } from './rating-context.js';
import { unlocksNamedIn } from './event-unlocks.js';
import { valuesNamedIn } from './event-values.js';
import { isTakenKey, selectTaken } from './inbox.repository.js';
import { KnownEvents, type TakenKey } from './known-events.js';
import { partsOf, readingsOf, type LoggedEnvelope } from './logged-envelope.js';
import type { PartitionState } from './partition-state.js';
import { saveEffects } from './save-effects.js';
import { loadQuotes, type TokensInHand } from './used-quotes.repository.js';

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

/** What became of a chunk's events. */
export interface AppliedEvents {
  readonly events: ChunkEvents;
  /** Their ordinals are of these events. */
  readonly effects: readonly Effects[];
}

/** Ordinals of a chunk's events, half-open. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Rates envelopes and stores what they make. Answers the effects, in order. */
export async function applyEvents(
  work: RatingWork,
  envelopes: readonly LoggedEnvelope[],
  checked: CheckedTokens,
): Promise<AppliedEvents> {
  await loadCustomers(work.tx, work.state.customers, {
    names: namesIn(envelopes),
    periodsEndAfter: envelopes[0]!.appendedAt - work.context.horizonMicros - LONGEST_PERIOD_MICROS,
  });
  const tokens = await loadQuotes(work.tx, envelopes, checked);
  const run = new EventRun(work, new ChunkEvents(envelopes), tokens);
  await loadPeriods(work.tx, run.unloadedPeriods(), work.state.sealedThrough);
  await loadUnlocks(work.tx, run.namedUnlocks());
  await loadSeenValues(work.tx, run.namedValues());
  await run.askInbox();
  await run.apply({ from: 0, to: run.events.count });
  return run;
}

interface RatedSpan {
  readonly effects: Effects;
  readonly chargeRows: readonly ChargeRows[];
}

class EventRun implements AppliedEvents {
  readonly effects: Effects[] = [];
  readonly #known: KnownEvents;
  /** Of each envelope. */
  readonly #customers: ReadonlyArray<readonly Customer[]>;

  constructor(
    private readonly work: RatingWork,
    readonly events: ChunkEvents,
    private readonly tokens: TokensInHand,
  ) {
    this.#known = new KnownEvents(events);
    this.#customers = events.envelopes.map((envelope) => customersOf(envelope, work.state));
  }

  *unloadedPeriods(): Generator<PeriodOfCustomer> {
    for (let at = 0; at < this.#customers.length; at++) {
      yield* unloadedPeriodsOf(this.events.envelopes[at]!, this.#customers[at]!);
    }
  }

  namedUnlocks(): UnlockOfCustomer[] {
    return this.events.envelopes.flatMap((envelope, at) =>
      readingsOf(envelope).flatMap((read) =>
        unlocksNamedIn(read, this.#customers[at]!, this.work.context),
      ),
    );
  }

  namedValues(): SeenOfPeriod[] {
    return this.events.envelopes.flatMap((envelope, at) =>
      readingsOf(envelope).flatMap((read) =>
        valuesNamedIn(read, this.#customers[at]!, this.work.context),
      ),
    );
  }

  /** Learns what the copy would not be refused for, or what is likely to make it be refused. */
  async askInbox(): Promise<void> {
    const { tx, week, otherWeeks, state } = this.work;
    const { keys, count } = this.events;
    if (otherWeeks.length > 0) {
      const all = this.#keysOf({ from: 0, to: count });
      this.#learn(await selectTaken(tx, all, { week, others: true }));
    }
    const likely: Buffer[] = [];
    for (let ordinal = 0; ordinal < count; ordinal++) {
      if (state.recentKeys.has(keys, ordinal * KEY_BYTES)) likely.push(this.events.keyOf(ordinal));
    }
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
      let rated: RatedSpan | undefined;
      try {
        rated = await this.#rate(span);
        await this.#save(rated);
        return;
      } catch (error) {
        if (failureClassOf(error) !== 'deterministic') throw error;
        await tx.rollbackTo('events');
        rated?.effects.undo();
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
      this.#eachEnvelope(span, effects, (rater, index) =>
        rater.deadLetter(index, sqlStateOf(error) ?? 'unknown', error.message),
      );
      await this.#save({ effects, chargeRows: [] });
      return;
    }
    const middle = Math.floor((span.from + span.to) / 2);
    await this.apply({ from: span.from, to: middle });
    await this.apply({ from: middle, to: span.to });
  }

  /**
   * Again, when charges name what has no number yet, which is once in the life of a name; and when an event that was
   * rejected is one that was applied before: no copy would be refused for it.
   */
  async #rate(span: Span): Promise<RatedSpan> {
    const { numbers } = this.work.context;
    const asked = new Set<number>();
    for (;;) {
      const mark = this.#known.length;
      const effects = this.#newEffects();
      this.#eachEnvelope(span, effects, (rater, from, to) => {
        for (let index = from; index < to; index++) rater.rate(index);
      });
      const chargeRows = effects.takeChargeRows();
      const taken = numbers.areMissing ? [] : await this.#takenOf(effects.refused, asked);
      if (!numbers.areMissing && taken.length === 0) return { effects, chargeRows };
      effects.undo();
      this.#known.truncate(mark);
      this.#learn(taken);
      await numbers.learn();
    }
  }

  /** Of the events that were not asked for yet. */
  async #takenOf(ordinals: readonly number[], asked: Set<number>): Promise<TakenKey[]> {
    const { tx, week } = this.work;
    const keys = ordinals
      .filter((ordinal) => !asked.has(ordinal))
      .map((ordinal) => this.events.keyOf(ordinal));
    for (const ordinal of ordinals) asked.add(ordinal);
    return keys.length === 0 ? [] : selectTaken(tx, keys, { week, others: false });
  }

  #newEffects(): Effects {
    return new Effects(this.work.partition, this.work.ranges);
  }

  async #save({ effects, chargeRows }: RatedSpan): Promise<void> {
    await saveEffects(this.work.tx, effects, { ...this.work, chargeRows, events: this.events });
    effects.saved();
    this.work.state.tallies.addAll(effects.tallies);
    this.effects.push(effects);
  }

  /** Answers how many were new. */
  #learn(taken: readonly TakenKey[]): number {
    return taken.filter((key) => this.#known.learn(key)).length;
  }

  #keysOf({ from, to }: Span): Buffer[] {
    const keys: Buffer[] = [];
    for (let ordinal = from; ordinal < to; ordinal++) keys.push(this.events.keyOf(ordinal));
    return keys;
  }

  /** `visit` gets the part of the span that lies in the envelope, as indexes. */
  #eachEnvelope(
    span: Span,
    effects: Effects,
    visit: (rater: EventRater, from: number, to: number) => void,
  ): void {
    const { envelopes, starts } = this.events;
    const target = { known: this.#known, effects };
    for (let at = 0; at < envelopes.length; at++) {
      const firstOrdinal = starts[at]!;
      const from = Math.max(firstOrdinal, span.from);
      const to = Math.min(starts[at + 1]!, span.to);
      if (from >= to) continue;
      const customers = this.#customers[at]!;
      for (const part of partsOf(envelopes[at]!, from - firstOrdinal, to - firstOrdinal)) {
        const { envelope } = part;
        const place = { envelope, firstOrdinal, customers, tokens: this.tokens.get(envelope) };
        const rater = new EventRater(this.work.context, this.work.state, target, place);
        visit(rater, part.from, part.to);
      }
    }
  }
}
