import { isAmountInRange, type Nanos } from '../money/nanos.js';
import { accumulate } from '../metering/accumulate.js';
import type { Aggregation } from '../metering/meter.js';
import { MAX_CUMULATIVE_QUANTITY, type Quantity } from '../metering/quantity.js';
import { compileEventModel, isEventModel, pricePerEvent } from '../pricing/event-price.js';
import type { CompiledEventPrice, PricedBefore } from '../pricing/compiled-event-price.js';
import type { CompiledModel } from '../pricing/compiled-model.js';
import { costOf } from '../pricing/cost.js';
import type { Price } from '../pricing/price.js';
import { ruleOfCell } from '../pricing/any-price-rule.js';
import { compileRule } from '../pricing/price-rule.js';
import type { Accumulator } from './accumulator.js';
import { splitCharge, type Share } from './split-charge.js';

/** A price version ready for the hot path. */
export type CompiledPrice = CumulativePrice | PricePerEvent;

/** What a cumulative quantity costs decides. */
export interface CumulativePrice {
  readonly price: Price;
  readonly model: CompiledModel;
  readonly perEvent?: undefined;
}

/** What the event's own amount comes to decides. */
export interface PricePerEvent {
  readonly price: Price;
  readonly perEvent: CompiledEventPrice;
}

export interface RatedReading {
  readonly outcome: 'rated';
  /** cost(after) − cost(before), or what the event itself costs; may be zero or negative. */
  readonly amount: Nanos;
  readonly quantityBefore: Quantity;
  readonly quantityAfter: Quantity;
  readonly shares: readonly Share[];
  readonly tenantAmount: Nanos;
  readonly accumulator: Accumulator;
  /** What the price asked of the events before. */
  readonly pricedBefore: PricedBefore | undefined;
}

export type RateReadingOutcome =
  | RatedReading
  | {
      readonly outcome: 'refused';
      readonly reason:
        | 'quantity_out_of_range'
        | 'amount_out_of_range'
        | 'negative_event_amount'
        | 'amount_below_minimum'
        | 'amount_above_maximum';
    };

/** What a meter read, and how it adds up; `creators` is what `creatorsOf` found. */
export interface MeteredReading {
  readonly aggregation: Aggregation;
  readonly quantity: Quantity;
  readonly creators: readonly string[];
}

/** Of a matrix the price of one cell. */
export function compilePrice(price: Price, cell = ''): CompiledPrice {
  const { model } = price;
  if (isEventModel(model)) {
    return { price, perEvent: compileEventModel(model, price.maximum) };
  }
  return { price, model: compileRule(ruleOfCell(price, cell)) };
}

/**
 * One step of rating: the reading moves its accumulator, and the charge is the difference of the
 * cumulative cost, or what the reading itself costs.
 */
export function rateReading(
  compiled: CompiledPrice,
  accumulator: Accumulator,
  reading: MeteredReading,
): RateReadingOutcome {
  if (compiled.perEvent) return rateEvent(compiled, accumulator, reading);
  const { price, model } = compiled;
  const quantityBefore = accumulator.quantity;
  const quantityAfter = accumulate(reading.aggregation, quantityBefore, reading.quantity);
  if (quantityAfter < 0n || quantityAfter > MAX_CUMULATIVE_QUANTITY) {
    return { outcome: 'refused', reason: 'quantity_out_of_range' };
  }
  const { cost } = accumulator;
  const costBefore = cost?.model === model ? cost.nanos : costOf(model, quantityBefore);
  const costAfter = costOf(model, quantityAfter);
  const amount = costAfter - costBefore;
  const total = accumulator.amount + amount;
  if (!isAmountInRange(amount) || !isAmountInRange(total)) {
    return { outcome: 'refused', reason: 'amount_out_of_range' };
  }
  const { shares, tenantAmount } = splitCharge(price.split, reading.creators, amount);
  return {
    outcome: 'rated',
    amount,
    quantityBefore,
    quantityAfter,
    shares,
    tenantAmount,
    accumulator: {
      quantity: quantityAfter,
      amount: total,
      events: accumulator.events,
      cost: { model, nanos: costAfter },
    },
    pricedBefore: undefined,
  };
}

/** The accumulator of a price per event is its state: what its events carried, cost and were. */
function rateEvent(
  { price, perEvent }: PricePerEvent,
  { quantity, amount, events }: Accumulator,
  reading: MeteredReading,
): RateReadingOutcome {
  const priced = pricePerEvent(perEvent, { quantity, amount, events }, reading.quantity);
  if (priced.outcome === 'refused') return priced;
  const { shares, tenantAmount } = splitCharge(price.split, reading.creators, priced.amount);
  return {
    outcome: 'rated',
    amount: priced.amount,
    quantityBefore: quantity,
    quantityAfter: priced.state.quantity,
    shares,
    tenantAmount,
    accumulator: priced.state,
    pricedBefore: perEvent.asksBefore && { events, amount },
  };
}
