import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { envelopeEvent } from './envelope-log.js';
import type { LoadEvent } from './load.js';
import { benchPrice, type BenchTariff } from './tariff.js';

const perUnit = (unitPrice: string) => ({ kind: 'per_unit', unitPrice });
const TIERS = [
  { upTo: '20', unitPrice: '0.002' },
  { upTo: '100', unitPrice: '0.0015' },
  { unitPrice: '0.001' },
];
const FEES = [
  { upTo: '20', unitPrice: '0.002', flatFee: '0.05' },
  { upTo: '100', unitPrice: '0.0015', flatFee: '0.01' },
  { unitPrice: '0.001' },
];
const BLOCKS = [
  { upTo: '20', unitPrice: '0.03', blockSize: '10' },
  { unitPrice: '0.02', blockSize: '10' },
];

const RATES = [{ upTo: '1000000', rate: '0.5' }, { rate: '0.25' }];

/** JSON pointers of what some of the prices ask of an event besides its creator. */
const FORMAT = '/format';
const ITEM = '/item';
const FORMATS = ['mpg', 'wav', 'txt', 'pdf'];
const ITEMS = 50;
const UNIT = 1_000_000_000n;

/** How the meter of a price reads an event; an amount is a thousandth of its bytes: 0.50 to 50.50. */
type Reads = 'count' | 'sum' | 'max' | 'amount';

/** Of every model one price or several. */
const RULES: ReadonlyArray<{ readonly reads: Reads; readonly rule: object }> = [
  { reads: 'count', rule: { model: perUnit('0.002') } },
  { reads: 'sum', rule: { model: perUnit('0.000000000000000123') } },
  { reads: 'count', rule: { model: perUnit('0.002'), freeQuantity: '10' } },
  { reads: 'count', rule: { model: perUnit('0.002'), maximum: '0.5' } },
  { reads: 'sum', rule: { model: perUnit('0.01'), transform: { divideBy: '1000', round: 'up' } } },
  { reads: 'max', rule: { model: perUnit('0.0000001') } },
  { reads: 'count', rule: { model: { kind: 'graduated', tiers: TIERS } } },
  { reads: 'count', rule: { model: { kind: 'graduated', tiers: FEES } } },
  { reads: 'count', rule: { model: { kind: 'graduated', tiers: BLOCKS } } },
  { reads: 'count', rule: { model: { kind: 'volume', tiers: TIERS } } },
  { reads: 'count', rule: { model: { kind: 'package', size: '25', packagePrice: '0.04' } } },
  {
    reads: 'sum',
    rule: { model: { kind: 'package', size: '100000', packagePrice: '0.01' }, maximum: '9' },
  },
  { reads: 'count', rule: { model: perUnit('0.002'), minimum: '1' } },
  { reads: 'count', rule: { model: matrixOf(perUnit('0.003')) } },
  { reads: 'sum', rule: { model: matrixOf({ kind: 'graduated', tiers: TIERS }) } },
  { reads: 'count', rule: { model: { kind: 'unlock', item: 'item', unitPrice: '0.1' } } },
  { reads: 'count', rule: { model: { kind: 'unlock', item: 'item', unitPrice: '0.1', days: 7 } } },
  {
    reads: 'amount',
    rule: { model: { kind: 'percentage', rate: '2.9', fixed: '0.3', freeEvents: 2 } },
  },
  { reads: 'amount', rule: { model: { kind: 'graduated_percentage', tiers: RATES } } },
  { reads: 'amount', rule: { model: { kind: 'amount_on_event', minimum: '0.5', markup: '10' } } },
];

function matrixOf(other: object) {
  return {
    kind: 'matrix',
    dimensions: ['format'],
    cells: [
      { values: { format: 'mpg' }, model: perUnit('0.05') },
      { values: { format: 'wav' }, model: { kind: 'graduated', tiers: TIERS } },
    ],
    default: other,
  };
}

/** A tariff, and what the door makes of the load's events under it: one charge an event. */
export interface ModelTariff {
  readonly tenants: readonly string[];
  readonly tariff: BenchTariff;
  readonly toEnvelope: (event: LoadEvent) => EnvelopeEvent;
}

/** Kinds of things that one customer uses. */
const KINDS = 4;

/** 20 prices of all models, each for a type of event that is as frequent as the others; a customer uses four of them. */
export const ALL_MODELS: ModelTariff = modelTariff('models', RULES);
/** One price per unit. */
export const ONE_MODEL: ModelTariff = modelTariff('one', RULES.slice(0, 1));

function modelTariff(plan: string, rules: typeof RULES): ModelTariff {
  return {
    tenants: ['a', 'b', 'c'].map((name) => `${plan}-${name}`),
    tariff: {
      plan,
      meters: rules.map(({ reads }, at) => ({
        key: keyOf(at),
        document: {
          eventTypes: [`use.${at}`],
          aggregation: reads === 'amount' ? 'sum' : reads,
          ...(reads === 'count' ? {} : { value: reads === 'amount' ? '/amount' : '/bytes' }),
          dimensions: [
            { name: 'format', pointer: FORMAT },
            { name: 'item', pointer: ITEM },
          ],
        },
      })),
      prices: rules.map(({ rule }, at) => benchPrice(keyOf(at), rule)),
    },
    toEnvelope: (event) => {
      const at = kindOf(event) % rules.length;
      const { reads } = rules[at]!;
      const tenant = event.tenant.replace(/^bench/, plan);
      const usual = envelopeEvent({ ...event, tenant, type: `use.${at}` });
      const unit = reads === 'amount' ? UNIT / 1_000n : UNIT;
      const quantity = reads === 'count' ? UNIT : BigInt(event.bytes) * unit;
      return {
        ...usual,
        readings: [{ meter: keyOf(at), quantity }],
        properties: [
          ...usual.properties,
          text(FORMAT, FORMATS[Math.floor(event.bytes / 20) % FORMATS.length]!),
          text(ITEM, `item-${Math.floor(event.bytes / 80) % ITEMS}`),
        ],
      };
    },
  };
}

function keyOf(at: number): string {
  return `use-${String(at).padStart(2, '0')}`;
}

function text(pointer: string, value: string) {
  return { pointer, value, kind: PropertyKind.STRING };
}

function kindOf({ customer, bytes }: LoadEvent): number {
  const number = Number(customer.replace(/^\D+/, ''));
  return number + (bytes % KINDS) * (RULES.length / KINDS);
}
