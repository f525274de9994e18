import type { AmountBounds } from './amount-bound.js';
import type { AmountOnEventPrice } from './amount-on-event-price.js';
import type { EventModel } from './event-price.js';
import { groupDigits } from './group-digits.js';
import type {
  GraduatedPercentagePrice,
  PercentagePrice,
  PercentageTerms,
} from './percentage-price.js';
import { tierRange } from './price-in-words.js';

/** How a price of the amount on an event is read, a sentence each. */
export function eventModelInWords(model: EventModel): string[] {
  if (model.kind === 'amount_on_event') return amountOnEventInWords(model);
  const rates =
    model.kind === 'percentage'
      ? [`Each event costs ${model.rate} % of the amount that it carries.`]
      : ratesInWords(model);
  return [...freeInWords(model), ...rates, ...surroundedInWords(model)];
}

function amountOnEventInWords(price: AmountOnEventPrice): string[] {
  const { markup, suggestions = [] } = price;
  const bounds = boundsInWords(price);
  return [
    markup === undefined
      ? 'Each event costs the amount that it carries.'
      : `Each event costs the amount that it carries and ${markup} % on top.`,
    ...(bounds === '' ? [] : [`The amount is ${bounds}; any other is refused.`]),
    ...(suggestions.length === 0
      ? []
      : [`Suggested are ${suggestions.map(groupDigits).join(', ')}.`]),
  ];
}

function ratesInWords({ tiers }: GraduatedPercentagePrice): string[] {
  return tiers.flatMap(({ rate, flatFee }, at) => {
    const sentence = `${tierRange('What the amounts of a period come to', tiers, at)} costs ${rate} %.`;
    if (flatFee === undefined) return [sentence];
    const above = tiers[at - 1]?.upTo;
    const entry = above === undefined ? 'the first amount' : `going above ${groupDigits(above)}`;
    return [sentence, `A fee of ${flatFee} is added once, by ${entry}.`];
  });
}

function freeInWords({ freeEvents, freeAmount }: PercentageTerms): string[] {
  const amount = freeAmount === undefined ? undefined : groupDigits(freeAmount);
  const straddles = 'The event that goes beyond them pays for the rest, and the whole fixed part.';
  if (freeEvents === undefined) {
    return amount === undefined
      ? []
      : [
          `Of the amounts of a period the first ${amount} are free, without fixed part and minimum. ${straddles}`,
        ];
  }
  const events = `The first ${groupDigits(String(freeEvents))} events of a period are free, without fixed part and minimum`;
  return amount === undefined
    ? [`${events}.`]
    : [
        `${events}, while their amounts come to no more than ${amount}: both end as soon as either is used up. ${straddles}`,
      ];
}

function surroundedInWords(price: PercentagePrice | GraduatedPercentagePrice): string[] {
  const bounds = boundsInWords(price);
  return [
    ...(price.fixed === undefined ? [] : [`To that ${price.fixed} is added for each event.`]),
    ...(bounds === '' ? [] : [`An event costs ${bounds}.`]),
  ];
}

function boundsInWords({ minimum, maximum }: AmountBounds): string {
  return [
    ...(minimum === undefined ? [] : [`at least ${groupDigits(minimum)}`]),
    ...(maximum === undefined ? [] : [`at most ${groupDigits(maximum)}`]),
  ].join(' and ');
}
