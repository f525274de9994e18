import { isAmountInRange, type Nanos } from '../money/nanos.js';
import { MAX_CUMULATIVE_QUANTITY, type Quantity } from '../metering/quantity.js';
import { amountOf, checkAmount } from './amount-bound.js';
import {
  checkAmountOnEventPrice,
  compileAmountOnEventPrice,
  type AmountOnEventPrice,
} from './amount-on-event-price.js';
import type { CompiledEventPrice, PricedState } from './compiled-event-price.js';
import {
  checkPercentagePrice,
  compilePercentagePrice,
  type GraduatedPercentagePrice,
  type PercentagePrice,
} from './percentage-price.js';
import type { PriceModelFault } from './price-model-fault.js';
import type { PriceRule } from './price-rule.js';

/** How the amount that one event carries becomes a charge. Plain data. */
export type EventModel = PercentagePrice | GraduatedPercentagePrice | AmountOnEventPrice;

const EVENT_KINDS: ReadonlySet<string> = new Set<EventModel['kind']>([
  'percentage',
  'graduated_percentage',
  'amount_on_event',
]);

/** Whether each event is priced by the amount that it carries. */
export function isEventModel(model: { readonly kind: string }): model is EventModel {
  return EVENT_KINDS.has(model.kind);
}

export type PricePerEventOutcome =
  | { readonly outcome: 'priced'; readonly amount: Nanos; readonly state: PricedState }
  | {
      readonly outcome: 'refused';
      readonly reason:
        | 'negative_event_amount'
        | 'amount_below_minimum'
        | 'amount_above_maximum'
        | 'quantity_out_of_range'
        | 'amount_out_of_range';
    };

/** One step of a price per event. The amount of the event is what its meter read. */
export function pricePerEvent(
  compiled: CompiledEventPrice,
  state: PricedState,
  eventAmount: Quantity,
): PricePerEventOutcome {
  if (eventAmount < 0n) return { outcome: 'refused', reason: 'negative_event_amount' };
  const reason = compiled.refusalOf?.(eventAmount);
  if (reason !== undefined) return { outcome: 'refused', reason };
  const quantity = state.quantity + eventAmount;
  if (quantity > MAX_CUMULATIVE_QUANTITY) {
    return { outcome: 'refused', reason: 'quantity_out_of_range' };
  }
  const amount = underPeriodMaximum(compiled, state, compiled.chargeOf(state, eventAmount));
  const total = state.amount + amount;
  if (!isAmountInRange(amount) || !isAmountInRange(total)) {
    return { outcome: 'refused', reason: 'amount_out_of_range' };
  }
  return {
    outcome: 'priced',
    amount,
    state: { quantity, amount: total, events: state.events + 1 },
  };
}

/**
 * What is left below the maximum. An earlier version may have charged more than this one's maximum:
 * then the rest of the period is free, and nothing is given back.
 */
export function underPeriodMaximum(
  { periodMaximum }: CompiledEventPrice,
  before: PricedState,
  charge: Nanos,
): Nanos {
  if (periodMaximum === undefined) return charge;
  const left = periodMaximum > before.amount ? periodMaximum - before.amount : 0n;
  return charge < left ? charge : left;
}

/** What is wrong with an event model; nothing when it can be compiled. */
export function checkEventModel(model: EventModel): PriceModelFault[] {
  return model.kind === 'amount_on_event'
    ? checkAmountOnEventPrice(model)
    : checkPercentagePrice(model);
}

/**
 * What is wrong with an event model in a rule. Nothing divides an amount, and what is free of it the
 * model says itself.
 */
export function checkEventRule(
  model: EventModel,
  { transform, freeQuantity }: Omit<PriceRule, 'model'>,
): PriceModelFault[] {
  const faults = checkEventModel(model).map((fault): PriceModelFault => ({
    ...fault,
    pointer: `/model${fault.pointer}`,
  }));
  if (transform !== undefined) {
    faults.push({ reason: 'transform_with_event_amount', pointer: '/transform' });
  }
  if (freeQuantity !== undefined) {
    faults.push({ reason: 'free_quantity_with_event_amount', pointer: '/freeQuantity' });
  }
  return faults;
}

/** Throws on a model or a maximum of the period with a fault. */
export function compileEventModel(model: EventModel, periodMaximum?: string): CompiledEventPrice {
  const [fault] = [
    ...checkEventModel(model),
    ...(periodMaximum === undefined ? [] : checkAmount(periodMaximum, '/periodMaximum')),
  ];
  if (fault) throw new Error(`price per event: ${fault.reason} at ${fault.pointer}`);
  const compiled =
    model.kind === 'amount_on_event'
      ? compileAmountOnEventPrice(model)
      : compilePercentagePrice(model);
  const isCounted = 'freeEvents' in model && model.freeEvents !== undefined;
  return {
    ...compiled,
    ...(periodMaximum === undefined ? {} : { periodMaximum: amountOf(periodMaximum) }),
    ...(isCounted || periodMaximum !== undefined ? { asksBefore: true } : {}),
  };
}
