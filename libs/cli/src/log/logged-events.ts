import type { Aggregation } from '@farthing/domain/metering/meter';
import type { BillingPeriod } from '@farthing/domain/period/billing-period';
import { chargeId } from '@farthing/domain/rating/charge-id';
import type { Position } from '@farthing/domain/rating/position';
import type { RatedReading } from '@farthing/domain/rating/rate-reading';
import type { PricedCell } from './log-cells.js';
import type { RememberedStep } from './remembered-readings.js';

/** What an event unlocks, and how much of it counts. */
export interface Unlocked {
  /** Customer, price key and item. */
  readonly name: string;
  readonly unlockedAt: number;
  readonly quantity: bigint;
}

/** Which accumulator a charge moves, and by which price. */
export interface ChargedPlace {
  readonly customer: string;
  readonly period: BillingPeriod;
  readonly priced: PricedCell;
}

/** A charge before it is known that the event is applied. */
export interface PricedCharge extends ChargedPlace {
  readonly rated: RatedReading;
  readonly unlocked: Unlocked | undefined;
  readonly remembered: RememberedStep;
  readonly aggregation: Aggregation;
  /** What counted: of a meter of a maximum what was read. */
  readonly quantity: bigint;
  /** Who gets a part of it, by part of the split rule. */
  readonly creators: readonly string[];
  /** What was quoted for it; undefined without a quote. */
  readonly quoted: bigint | undefined;
}

/** What stands of an event under one price: what it came to, and how to take it back. */
export interface LoggedPart extends PricedCharge {
  readonly amount: bigint;
  /** What of that a quote made. */
  readonly quoteDifference: bigint;
}

/** An event that was applied and made charges. */
export interface LoggedEvent {
  readonly customer: string;
  readonly partition: number;
  readonly type: string;
  readonly occurredAt: number;
  readonly currency: string;
  /** Ids of its charges, with their price keys. */
  readonly charges: ReadonlyArray<{ readonly id: string; readonly price: string }>;
  /** Its number in the order of the log. */
  readonly order: number;
  parts: readonly LoggedPart[];
  state: 'standing' | 'voided' | 'refunded' | 're_rated';
}

export type ChargedBy = Pick<LoggedPart, 'priced' | 'period' | 'creators'>;

/** A charge by its id, and what it and those that correct it came to, by version, cell, period and creators. */
export interface LoggedCharge {
  readonly event: LoggedEvent;
  /** What it was made by. */
  readonly place: ChargedBy;
  readonly amounts: Array<{ readonly group: string; readonly amount: bigint }>;
  /** Whether one that corrects it moved the quantity. */
  isMoved: boolean;
}

/** Events and their charges, as far as others may void, correct or refund them. */
export class LoggedEvents {
  readonly #events = new Map<string, LoggedEvent>();
  readonly #charges = new Map<string, LoggedCharge>();
  /** Uses of unlocks by name, and readings of maxima by accumulator: of the events that say so now. */
  readonly #kept = new Map<string, Map<LoggedEvent, LoggedPart>>();

  find(key: string): LoggedEvent | undefined {
    return this.#events.get(key);
  }

  chargeOf(id: string): LoggedCharge | undefined {
    return this.#charges.get(id);
  }

  /** An event with its charges, of which it has at least one. */
  addApplied(
    key: string,
    {
      position,
      parts,
      ...rest
    }: Pick<LoggedEvent, 'type' | 'occurredAt' | 'parts'> & { readonly position: Position },
  ): void {
    const [first] = parts;
    this.#add(key, {
      ...rest,
      customer: first!.customer,
      partition: position.partition,
      currency: first!.priced.compiled.price.currency,
      charges: parts.map(({ priced }, n) => ({
        id: chargeId({ ...position, n }),
        price: priced.compiled.price.key,
      })),
      order: this.#events.size,
      parts,
      state: 'standing',
    });
  }

  /** What opened an item closes it, unless a later use went through the open door. */
  closeItem(
    event: LoggedEvent,
    part: LoggedPart,
    {
      unlocks,
      isUsedAgain,
    }: { readonly unlocks: Map<string, number>; readonly isUsedAgain: boolean },
  ): void {
    const { name, quantity, unlockedAt } = part.unlocked!;
    if (quantity === 0n || unlocks.get(name) !== unlockedAt) return;
    const others = this.#otherUses(event, part);
    const isNeeded = others.some(([{ order }, use]) => use.quantity === 0n && order > event.order);
    if (isNeeded && !isUsedAgain) return;
    const before = others.findLast(([, use]) => use.quantity > 0n)?.[1];
    if (before) unlocks.set(name, before.unlockedAt);
    else unlocks.delete(name);
  }

  #add(key: string, event: LoggedEvent): void {
    this.#events.set(key, event);
    event.charges.forEach(({ id }, n) => {
      this.#charges.set(id, { event, place: event.parts[n]!, amounts: [], isMoved: false });
      this.count(id, event.parts[n]!, event.parts[n]!.amount);
    });
    for (const part of event.parts) this.#keep(event, part);
  }

  /** What else a charge, or one that corrects it, came to. */
  count(
    id: string,
    place: ChargedBy,
    amount: bigint,
    { moves }: { readonly moves: boolean } = { moves: false },
  ): void {
    const { priced, period, creators } = place;
    const { key, version } = priced.compiled.price;
    const group = [key, version, priced.cell, period.from, creators.join(' ')].join(' ');
    const charge = this.#charges.get(id)!;
    charge.amounts.push({ group, amount });
    charge.isMoved ||= moves;
  }

  /** What stands in its place. */
  replace(event: LoggedEvent, parts: readonly LoggedPart[]): void {
    for (const part of event.parts) this.#kept.get(keptName(part))?.delete(event);
    event.parts = parts;
    for (const part of parts) this.#keep(event, part);
  }

  /** What an accumulator that stands at `standing` comes to without the event, which its meter forgets. */
  takeBack(event: LoggedEvent, part: LoggedPart, standing: bigint): bigint {
    const { aggregation, rated, remembered } = part;
    if (aggregation === 'max') return this.#greatestOther(event, part);
    if (remembered.takeBack) return standing + remembered.takeBack();
    return standing - (rated.quantityAfter - rated.quantityBefore);
  }

  /** Of a meter of a maximum: the greatest that others read. */
  #greatestOther(event: LoggedEvent, part: LoggedPart): bigint {
    let greatest = 0n;
    for (const [other, { quantity }] of this.#kept.get(keptName(part)) ?? []) {
      if (other !== event && quantity > greatest) greatest = quantity;
    }
    return greatest;
  }

  /** What others used of the item, in the order of the log. */
  #otherUses(event: LoggedEvent, part: LoggedPart): Array<readonly [LoggedEvent, Unlocked]> {
    return [...(this.#kept.get(keptName(part)) ?? [])]
      .flatMap(([other, { unlocked }]) =>
        other !== event && unlocked ? [[other, unlocked] as const] : [],
      )
      .toSorted(([a], [b]) => a.order - b.order);
  }

  #keep(event: LoggedEvent, part: LoggedPart): void {
    if (!part.unlocked && part.aggregation !== 'max') return;
    const name = keptName(part);
    const kept = this.#kept.get(name) ?? new Map<LoggedEvent, LoggedPart>();
    this.#kept.set(name, kept.set(event, part));
  }
}

/** The adjustments that give back what is left: one for each that has some. */
export function partsOf({ amounts }: LoggedCharge): bigint[] {
  const groups = new Map<string, bigint>();
  for (const { group, amount } of amounts) groups.set(group, (groups.get(group) ?? 0n) + amount);
  return [...groups.values()].filter((amount) => amount !== 0n);
}

function keptName({ customer, period, priced, unlocked }: LoggedPart): string {
  if (unlocked) return unlocked.name;
  const { cell, compiled } = priced;
  return [customer, compiled.price.key, cell, period.from].join('\u0000');
}
