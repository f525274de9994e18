import type { Decimal } from '../money/decimal.js';
import type { Nanos } from '../money/nanos.js';
import type { Quantity } from '../metering/quantity.js';

/**
 * What a price that is paid per event knows of the events before: an accumulator, and how many they
 * were. Nothing else of them decides what the next one costs.
 */
export interface PricedState {
  /** Σ of the events' amounts, in 1e-9 of the major unit: as quantity, what their meter summed. */
  readonly quantity: Quantity;
  /** Σ of their charges. Each is rounded by itself, so this is no function of the quantity. */
  readonly amount: Nanos;
  /** How many events were priced, free ones and those of amount zero included. */
  readonly events: number;
}

export const NOTHING_PRICED: PricedState = Object.freeze({ quantity: 0n, amount: 0n, events: 0 });

/** What a price may ask of the events before besides their sum, which a charge says itself. */
export type PricedBefore = Pick<PricedState, 'events' | 'amount'>;

/** What becomes of one event's amount. In the order in which it is worked out. */
export type EventPart =
  /** `whole` when the event pays nothing at all. */
  | { readonly kind: 'free'; readonly amount: Quantity; readonly whole: boolean }
  /** `rate` is in per cent; the flat fee is of the tier that the event enters here. */
  | {
      readonly kind: 'rated';
      readonly amount: Quantity;
      readonly rate: string;
      readonly flatFee?: string;
    }
  | { readonly kind: 'fixed'; readonly fixed: string }
  /** The bound that applies, and by how many major units it moves the charge. */
  | { readonly kind: 'minimum' | 'maximum'; readonly bound: string; readonly by: Decimal }
  | { readonly kind: 'given'; readonly amount: Quantity }
  | { readonly kind: 'markup'; readonly amount: Quantity; readonly rate: string };

/** An event model with its decimals parsed. */
export interface CompiledEventPrice {
  /** Why an event of this amount cannot be priced. Absent when every amount can. */
  readonly refusalOf?: (
    eventAmount: Quantity,
  ) => 'amount_below_minimum' | 'amount_above_maximum' | undefined;
  /** In nanos, rounded half-even once. */
  readonly chargeOf: (before: PricedState, eventAmount: Quantity) => Nanos;
  /** Their exact amounts sum to the charge before it is rounded. */
  readonly partsOf: (before: PricedState, eventAmount: Quantity) => EventPart[];
  /** A usage period costs no more. */
  readonly periodMaximum?: Nanos;
  /** Whether how many events came before, or what they cost, decides. Absent when their sum does. */
  readonly asksBefore?: true;
}
