import { expect, test } from 'vitest';
import type { EventModel } from './event-price.js';
import { eventModelInWords } from './event-price-in-words.js';

test.each<[string, EventModel, string[]]>([
  [
    'a share',
    { kind: 'percentage', rate: '2.9' },
    ['Each event costs 2.9 % of the amount that it carries.'],
  ],
  [
    'a share with all that surrounds it',
    {
      kind: 'percentage',
      rate: '2.9',
      fixed: '0.30',
      minimum: '1',
      maximum: '1000',
      freeAmount: '2000',
    },
    [
      'Of the amounts of a period the first 2,000 are free, without fixed part and minimum. ' +
        'The event that goes beyond them pays for the rest, and the whole fixed part.',
      'Each event costs 2.9 % of the amount that it carries.',
      'To that 0.30 is added for each event.',
      'An event costs at least 1 and at most 1,000.',
    ],
  ],
  [
    'a share with free events',
    { kind: 'percentage', rate: '3', freeEvents: 1000 },
    [
      'The first 1,000 events of a period are free, without fixed part and minimum.',
      'Each event costs 3 % of the amount that it carries.',
    ],
  ],
  [
    'a share with free events up to an amount',
    { kind: 'percentage', rate: '3', freeEvents: 10, freeAmount: '500' },
    [
      'The first 10 events of a period are free, without fixed part and minimum, while their amounts come to no more ' +
        'than 500: both end as soon as either is used up. The event that goes beyond them pays for the rest, and the ' +
        'whole fixed part.',
      'Each event costs 3 % of the amount that it carries.',
    ],
  ],
  [
    'a graduated share',
    {
      kind: 'graduated_percentage',
      tiers: [
        { upTo: '10000', rate: '3', flatFee: '5' },
        { rate: '1', flatFee: '20' },
      ],
      maximum: '7',
    },
    [
      'What the amounts of a period come to up to 10,000 costs 3 %.',
      'A fee of 5 is added once, by the first amount.',
      'What the amounts of a period come to above 10,000 costs 1 %.',
      'A fee of 20 is added once, by going above 10,000.',
      'An event costs at most 7.',
    ],
  ],
  [
    'an amount as it is',
    { kind: 'amount_on_event' },
    ['Each event costs the amount that it carries.'],
  ],
  [
    'an amount in a range, with suggestions and a markup',
    {
      kind: 'amount_on_event',
      minimum: '1',
      maximum: '2500',
      suggestions: ['2', '5', '1000'],
      markup: '5.5',
    },
    [
      'Each event costs the amount that it carries and 5.5 % on top.',
      'The amount is at least 1 and at most 2,500; any other is refused.',
      'Suggested are 2, 5, 1,000.',
    ],
  ],
  [
    'an amount of at least so much',
    { kind: 'amount_on_event', minimum: '1' },
    [
      'Each event costs the amount that it carries.',
      'The amount is at least 1; any other is refused.',
    ],
  ],
])('%s is read as it is priced', (_, model, words) => {
  expect(eventModelInWords(model)).toEqual(words);
});
