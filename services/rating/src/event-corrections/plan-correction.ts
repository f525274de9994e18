import { distinctReading } from '@farthing/domain/metering/distinct-value';
import {
  eventIdentity,
  latestReading,
  type LatestMark,
} from '@farthing/domain/metering/latest-reading';
import type { Quantity } from '@farthing/domain/metering/quantity';
import { isAmountInRange } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import { unlockItem } from '@farthing/domain/pricing/unlock-price';
import type { Accumulator } from '@farthing/domain/rating/accumulator';
import { compilePrice, rateReading } from '@farthing/domain/rating/rate-reading';
import { takeBack } from '@farthing/domain/rating/take-back';
import type { StoredCharge } from '../adjustments/stored-charges.repository.js';
import { priceOf } from '../charges/charge-row.js';
import type { Customer } from '../customers/customer.js';
import { loadPeriods } from '../customers/load-customers.js';
import type { RatingWork } from '../rate-batch/apply-events.js';
import { refusalByTime, type Refusal } from '../rate-batch/refusals.js';
import { chargeGroups, type ChargeGroup } from './charge-groups.js';
import type { CorrectedEvent } from './corrected-event.js';
import { CorrectionPlan, type AccumulatorPlace } from './correction-plan.js';
import { aggregationOf, loadReadings, type CorrectionReadings } from './correction-readings.js';
import type { EventCorrection } from './event-correction.js';
import type { CorrectionRefusal } from './event-correction-refusals.js';
import type { KeptReading } from './kept-readings.repository.js';
import { priceReplacement, type PricedUse } from './price-replacement.js';
import { valuePart } from './value-part.js';
import { whatRemains } from './what-remains.js';

export type PlanCorrectionOutcome =
  | { readonly outcome: 'planned'; readonly plan: CorrectionPlan }
  | { readonly outcome: 'refused'; readonly reason: Refusal | CorrectionRefusal };

/**
 * Works out what a void or a correction comes to: first all that the event came to is taken back, each part at its
 * accumulator's present quantity, then what replaces it is charged, on what that leaves.
 */
export async function planCorrection(
  work: RatingWork,
  event: CorrectedEvent,
  { correction, appendedAt }: { readonly correction: EventCorrection; readonly appendedAt: Micros },
): Promise<PlanCorrectionOutcome> {
  const { context, state, tx } = work;
  const [first] = event.charges;
  const { replacement } = correction;
  const originallyAt = Number(first!.occurred_at);
  const occurredAt = replacement?.occurredAts[0] === 0 ? originallyAt : replacement?.occurredAts[0];
  const byTime = (at: Micros) => refusalByTime(at, appendedAt, context.horizonMicros);
  if (byTime(originallyAt) === 'too_late') return refused('too_late');
  const customer = state.customerOf(correction.tenant, correction.customer);
  let uses: readonly PricedUse[] = [];
  if (replacement && occurredAt !== undefined) {
    if (replacement.strings[replacement.types[0]!] !== first!.type) return refused('type_differs');
    // A quote is of a use, and not of what takes the place of one: it would be charged another price in silence.
    if (replacement.quoteTokens[0] !== 0) return refused('quote_mismatch');
    const untimely = byTime(occurredAt);
    if (untimely) return refused(untimely);
    const use = { customer, columns: replacement, occurredAt, currency: first!.currency };
    const priced = priceReplacement(context, use);
    if (priced.outcome === 'refused') return priced;
    uses = priced.uses;
  }
  const groups = chargeGroups(event.moves);
  const instants = [...groups.map(periodOf), occurredAt ?? originallyAt];
  await loadPeriods(tx, unloadedPeriods(customer, instants), state.sealedThrough);
  const readings = await loadReadings(work, event, { customer, uses, occurredAt });
  const isUntouched = event.moves.length === event.charges.length;
  const planner = new Planner(work, { customer, readings, uses, isUntouched });
  for (const group of groups) {
    const reason = planner.takeBack(group);
    if (reason) return refused(reason);
  }
  for (const use of uses) {
    const reason = planner.charge(use, occurredAt!, first!, event.charges);
    if (reason) return refused(reason);
  }
  return { outcome: 'planned', plan: planner.plan };
}

/** What a use adds to its accumulator, and what it leaves to be remembered. */
interface PlannedStep {
  readonly quantity: Quantity;
  readonly kept?: Pick<KeptReading, 'part' | 'quantity'>;
  readonly latest?: LatestMark;
}

class Planner {
  readonly plan: CorrectionPlan;

  constructor(
    private readonly work: RatingWork,
    private readonly facts: {
      readonly customer: Customer;
      readonly readings: CorrectionReadings;
      readonly uses: readonly PricedUse[];
      /** Whether the event was never corrected. */
      readonly isUntouched: boolean;
    },
  ) {
    this.plan = new CorrectionPlan(facts.customer);
  }

  takeBack(group: ChargeGroup): Refusal | undefined {
    const { charge, corrects, amountNanos, quoteDifferenceNanos } = group;
    const costNanos = amountNanos - quoteDifferenceNanos;
    const price = priceOf(charge, this.work.context.view);
    const place = {
      usage: { from: Number(charge.usage_from), to: Number(charge.usage_to) },
      price,
      cell: charge.cell ?? '',
    };
    if (price.model.kind === 'unlock') this.#close(charge.price);
    const accumulator = this.plan.accumulatorAt(place);
    const { readings } = this.facts;
    const aggregation = aggregationOf(charge, this.work.context);
    const { rest, latest, forgotten } = whatRemains(accumulator, group, { aggregation, readings });
    if (forgotten !== undefined) this.plan.see(place, forgotten, false);
    const compiled = compilePrice(price, place.cell);
    // An event that carries nothing may have paid the fixed part of a price per event.
    const isFixedPart = compiled.perEvent && this.facts.isUntouched && costNanos !== 0n;
    const q = accumulator.quantity;
    // Nothing of it stands there any more, or it never reached beyond what others did.
    const stays = rest === q && !isFixedPart;
    // One that read the same may stand in its place.
    if (stays && latest !== accumulator.latest) {
      this.plan.move(place, marked(accumulator, latest));
    }
    if (stays && quoteDifferenceNanos === 0n) return undefined;
    const takenBack = { rest, aggregation, charged: costNanos };
    const taken = stays ? undefined : takeBack(compiled, accumulator, takenBack);
    if (taken?.outcome === 'refused') return taken.reason;
    let costBack = taken?.amount ?? 0n;
    if (taken && !compiled.perEvent) costBack = this.plan.lateAmount(place, costBack);
    if (taken) this.plan.move(place, marked(taken.accumulator, latest));
    // What a quote made of the use goes with it.
    const amount = costBack - quoteDifferenceNanos;
    if (!isAmountInRange(amount)) return 'amount_out_of_range';
    this.plan.adjustments.push({
      original: charge,
      corrects,
      amountNanos: amount,
      quoteDifferenceNanos: -quoteDifferenceNanos,
      quantities: { before: q, after: taken?.quantityAfter ?? q },
    });
    return undefined;
  }

  /**
   * The item of a use that was paid is closed again, or open since an earlier use that was paid, unless a later one
   * went through the open door: that one is not charged because of a void. A correction that uses the item again opens
   * it again.
   */
  #close(price: string): void {
    const { own, others, offset, index } = this.facts.readings;
    const kept = own.find((one) => one.price === price);
    if (!kept || kept.quantity === 0n) return;
    const item = kept.part;
    if (this.plan.unlockedAt({ price, item }) !== kept.occurredAt) return;
    const ofItem = others.filter((other) => other.price === price && other.part === item);
    const isLater = (other: KeptReading) =>
      other.offset > offset || (other.offset === offset && other.index > index);
    const usesItAgain = this.facts.uses.some(
      (use) => use.priced.price === price && use.item === item,
    );
    if (!usesItAgain && ofItem.some((other) => other.quantity === 0n && isLater(other))) return;
    const before = ofItem.findLast((other) => other.quantity > 0n);
    this.plan.unlock({ price, item, unlockedAt: before?.occurredAt });
  }

  charge(
    use: PricedUse,
    occurredAt: Micros,
    first: StoredCharge,
    charges: readonly StoredCharge[],
  ): Refusal | undefined {
    const { customer } = this.facts;
    const { booked, priced, creators } = use;
    const { price, cell } = booked;
    const usage =
      customer.openedPeriodAt(occurredAt) ??
      customer.periodOf(customer.facts!.schedule, occurredAt);
    const place = { usage: { from: usage.from, to: usage.to }, price, cell };
    const { aggregation } = priced;
    const identity = eventIdentity(first.source, first.event_id);
    const step = this.#stepOf(use, place, { occurredAt, identity });
    const reading = { aggregation, quantity: step.quantity, creators };
    const rated = rateReading(booked.compiled, this.plan.accumulatorAt(place), reading);
    if (rated.outcome === 'refused') return rated.reason;
    const amount = this.plan.lateAmount(place, rated.amount);
    this.plan.move(place, marked(rated.accumulator, step.latest));
    if (step.kept) {
      this.plan.kept.push({ price: price.key, usageFrom: usage.from, occurredAt, ...step.kept });
    }
    this.plan.adjustments.push({
      original: charges.find((charge) => charge.price === price.key) ?? first,
      amountNanos: amount,
      quantities: { before: rated.quantityBefore, after: rated.quantityAfter },
      repriced: {
        price,
        number: this.work.context.numbers.price(booked),
        creators,
      },
      pricedBefore: rated.pricedBefore,
      replaced: { meter: priced.meter, cell, occurredAt, usage: place.usage },
    });
    return undefined;
  }

  /** It stands in the place of the event that it corrects, and so goes by its source and id. */
  #stepOf(
    { booked, priced, quantity: read, item, digest }: PricedUse,
    place: AccumulatorPlace,
    mark: LatestMark,
  ): PlannedStep {
    const { cell, unlock } = booked;
    if (unlock && item !== undefined) {
      const name = { price: place.price.key, item };
      const { quantity, unlockedAt } = unlockItem(
        unlock,
        this.plan.unlockedAt(name),
        mark.occurredAt,
      );
      this.plan.unlock({ ...name, unlockedAt });
      return { quantity, kept: { part: item, quantity } };
    }
    if (digest !== undefined) {
      const quantity = distinctReading(this.plan.isSeen(place, digest));
      this.plan.see(place, digest, true);
      return { quantity, kept: { part: valuePart({ cell, digest }), quantity } };
    }
    const kept = { part: cell, quantity: read };
    if (priced.aggregation !== 'latest') {
      return { quantity: read, ...(priced.aggregation === 'max' && { kept }) };
    }
    const { quantity: standing, latest: before } = this.plan.accumulatorAt(place);
    const step = latestReading({ quantity: standing, mark: before }, { quantity: read, mark });
    return { quantity: step.quantity, kept, latest: step.mark };
  }
}

/** With the event that stands, of a meter of the latest reading. */
function marked(accumulator: Accumulator, latest: LatestMark | undefined): Accumulator {
  return latest === accumulator.latest ? accumulator : { ...accumulator, latest };
}

function periodOf({ charge }: ChargeGroup): Micros {
  return Number(charge.usage_from);
}

function* unloadedPeriods(customer: Customer, instants: readonly Micros[]) {
  for (const at of instants) {
    const period = customer.openedPeriodAt(at);
    if (period && !period.accumulators) yield { customer, period };
  }
}

function refused(reason: Refusal | CorrectionRefusal): PlanCorrectionOutcome {
  return { outcome: 'refused', reason };
}
