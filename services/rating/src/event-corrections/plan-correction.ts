import { needsMemory } from '@farthing/domain/metering/accumulate';
import type { Quantity } from '@farthing/domain/metering/quantity';
import { isAmountInRange } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import { unlockItem } from '@farthing/domain/pricing/unlock-price';
import { compilePrice, rateReading } from '@farthing/domain/rating/rate-reading';
import { takeBack } from '@farthing/domain/rating/take-back';
import type { StoredCharge } from '../adjustments/stored-charges.repository.js';
import { priceOf } from '../charges/charge-row.js';
import type { Customer } from '../customers/customer.js';
import { loadPeriods } from '../customers/load-customers.js';
import { loadUnlocks } from '../customers/unlocks.repository.js';
import type { RatingWork } from '../rate-batch/apply-events.js';
import { refusalByTime, type Refusal } from '../rate-batch/refusals.js';
import { chargeGroups, type ChargeGroup } from './charge-groups.js';
import { numbersOf, type CorrectedEvent } from './corrected-event.js';
import { CorrectionPlan } from './correction-plan.js';
import type { EventCorrection } from './event-correction.js';
import type { CorrectionRefusal } from './event-correction-refusals.js';
import {
  selectOtherReadings,
  selectReadingsOf,
  type KeptReading,
} from './kept-readings.repository.js';
import { priceReplacement, type PricedUse } from './price-replacement.js';

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
  const metersRead = [...event.moves, ...uses.map(({ priced }) => priced)];
  if (metersRead.some(({ meter }) => isRemembered(work, correction.tenant, meter))) {
    return refused('aggregation_not_correctable');
  }
  const groups = chargeGroups(event.moves);
  const instants = [...groups.map(periodOf), occurredAt ?? originallyAt];
  await loadPeriods(tx, unloadedPeriods(customer, instants), state.sealedThrough);
  const readings = await loadReadings(work, event, { customer, uses });
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

/** Of such a meter nothing tells what would have counted without the event. */
function isRemembered({ context: { view } }: RatingWork, tenant: string, meter: string): boolean {
  const found = view.meterAt(tenant, meter, view.version);
  return found !== undefined && needsMemory(found.aggregation);
}

/** What the event and others said that no charge says. */
interface Readings {
  readonly own: readonly KeptReading[];
  /** Under the prices and parts of its own, in the order of the log. */
  readonly others: readonly KeptReading[];
  readonly offset: bigint;
  readonly index: number;
}

async function loadReadings(
  { tx, context }: RatingWork,
  corrected: CorrectedEvent,
  { customer, uses }: { readonly customer: Customer; readonly uses: readonly PricedUse[] },
): Promise<Readings> {
  const event = numbersOf(corrected);
  const { offset, index } = event;
  const own = await selectReadingsOf(tx, event);
  const others = own.length === 0 ? [] : await selectOtherReadings(tx, event, own);
  const unlocks = new Set(
    corrected.moves
      .filter((row) => priceOf(row, context.view).model.kind === 'unlock')
      .map(({ price }) => price),
  );
  const items = own.filter(({ price }) => unlocks.has(price));
  await loadUnlocks(tx, [
    ...items.map(({ price, part }) => ({ customer, price, item: part })),
    ...uses.flatMap(({ item, priced }) =>
      item === undefined ? [] : [{ customer, price: priced.price, item }],
    ),
  ]);
  return { own, others, offset, index };
}

class Planner {
  readonly plan: CorrectionPlan;

  constructor(
    private readonly work: RatingWork,
    private readonly facts: {
      readonly customer: Customer;
      readonly readings: Readings;
      readonly uses: readonly PricedUse[];
      /** Whether the event was never corrected. */
      readonly isUntouched: boolean;
    },
  ) {
    this.plan = new CorrectionPlan(facts.customer);
  }

  takeBack(group: ChargeGroup): Refusal | undefined {
    const { charge, corrects, moved, amountNanos, quoteDifferenceNanos } = group;
    const costNanos = amountNanos - quoteDifferenceNanos;
    const price = priceOf(charge, this.work.context.view);
    const place = {
      usage: { from: Number(charge.usage_from), to: Number(charge.usage_to) },
      price,
      cell: charge.cell ?? '',
    };
    if (price.model.kind === 'unlock') this.#close(charge.price);
    const accumulator = this.plan.accumulatorAt(place);
    const rest = this.#isMaximum(charge)
      ? this.#greatestOther(charge, accumulator.quantity)
      : accumulator.quantity - moved;
    const compiled = compilePrice(price, place.cell);
    // An event that carries nothing may have paid the fixed part of a price per event.
    const isFixedPart = compiled.perEvent && this.facts.isUntouched && costNanos !== 0n;
    const q = accumulator.quantity;
    // Nothing of it stands there any more, or it never reached beyond what others did.
    const stays = rest === q && !isFixedPart;
    if (stays && quoteDifferenceNanos === 0n) return undefined;
    const taken = stays ? undefined : takeBack(compiled, accumulator, { rest, charged: costNanos });
    if (taken?.outcome === 'refused') return taken.reason;
    let costBack = taken?.amount ?? 0n;
    if (taken && !compiled.perEvent) costBack = this.plan.lateAmount(place, costBack);
    if (taken) this.plan.move(place, taken.accumulator);
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

  /** A meter's aggregation never changes. */
  #isMaximum({ tenant, meter }: StoredCharge): boolean {
    const { view } = this.work.context;
    return view.meterAt(tenant, meter, view.version)?.aggregation === 'max';
  }

  /** Of a meter of a maximum: what stays when the event's reading goes; all, when it was taken back before. */
  #greatestOther({ price, cell, usage_from }: StoredCharge, quantity: Quantity): Quantity {
    const isThere = (kept: KeptReading) =>
      kept.price === price && kept.part === (cell ?? '') && kept.usageFrom === Number(usage_from);
    const { own, others } = this.facts.readings;
    if (!own.some(isThere)) return quantity;
    return others
      .filter(isThere)
      .reduce((greatest, other) => (other.quantity > greatest ? other.quantity : greatest), 0n);
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
    const { booked, priced, creators, item } = use;
    const { price, cell, unlock } = booked;
    const usage =
      customer.openedPeriodAt(occurredAt) ??
      customer.periodOf(customer.facts!.schedule, occurredAt);
    let { quantity } = use;
    if (unlock && item !== undefined) {
      const name = { price: price.key, item };
      const step = unlockItem(unlock, this.plan.unlockedAt(name), occurredAt);
      ({ quantity } = step);
      this.plan.unlock({ ...name, unlockedAt: step.unlockedAt });
    }
    const place = { usage: { from: usage.from, to: usage.to }, price, cell };
    const { aggregation } = priced;
    const reading = { aggregation, quantity, creators };
    const rated = rateReading(booked.compiled, this.plan.accumulatorAt(place), reading);
    if (rated.outcome === 'refused') return rated.reason;
    const amount = this.plan.lateAmount(place, rated.amount);
    this.plan.move(place, rated.accumulator);
    if (unlock || aggregation === 'max') {
      const part = item ?? cell;
      this.plan.kept.push({ price: price.key, part, usageFrom: usage.from, occurredAt, quantity });
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
