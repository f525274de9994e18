import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import { Funding, Interval } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import type { ControlRecordInit } from '@farthing/contracts/wire/usage-record';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import type { ChargePayment } from '@farthing/contracts/wire/paid-message';

/** What the frozen messages of version 1 say. Never edit one: a change of the format is a new version beside it. */

const data = Buffer.from('{"creator":"wren","bytes":1713,"status":200}');
const NOVEMBER = 1_793_491_200_000_000;
const DECEMBER = 1_796_083_200_000_000;

export const EVENTS: readonly EnvelopeEvent[] = [
  {
    tenant: 'acme',
    customer: 'alice',
    type: 'article.read',
    source: 'web',
    id: 'e-1',
    holdId: '',
    quoteToken: '',
    key: eventKey('acme', 'web', 'e-1'),
    bodyHash: bodyHash(
      { type: 'article.read', subject: 'alice', time: '2026-11-01T00:00:00Z' },
      data,
    ),
    occurredAt: NOVEMBER,
    data,
    readings: [
      { meter: 'articles', quantity: 1_000_000_000n },
      { meter: 'traffic', quantity: 1_713_250_000_000n },
    ],
    properties: [{ pointer: '/creator', value: 'wren', kind: PropertyKind.STRING }],
  },
  {
    tenant: 'acme.test',
    customer: 'b/ob?#',
    type: 'clip.watched',
    source: 'urn:x',
    id: '2',
    holdId: 'hold_1',
    quoteToken: 'token.1',
    key: eventKey('acme.test', 'urn:x', '2'),
    bodyHash: bodyHash({ type: 'clip.watched', subject: 'b/ob?#', time: '' }, Buffer.from('')),
    occurredAt: 0,
    data: Buffer.alloc(0),
    readings: [],
    properties: [
      { pointer: '/n', value: '200', kind: PropertyKind.NUMBER },
      { pointer: '/t', value: 'true', kind: PropertyKind.BOOLEAN },
    ],
  },
];

const position = { generation: 1, partition: 3, offset: 42n, index: 7 };

export const CONTROL_RECORDS: readonly ControlRecordInit[] = [
  {
    case: 'customerChanged',
    value: {
      commandId: 'customer:alice:1',
      tenant: 'acme',
      customer: 'alice',
      version: 1n,
      catalogVersion: 9n,
      plan: 'standard',
      currency: 'USD',
      timeZone: 'Europe/London',
      anchorAtMicros: BigInt(NOVEMBER),
      interval: Interval.MONTH,
      funding: Funding.PREPAID_THEN_POSTPAID,
      closed: false,
    },
  },
  {
    case: 'barrier',
    value: {
      commandId: 'run_1',
      runId: 'run_1',
      tenant: 'acme',
      closesBeforeMicros: BigInt(DECEMBER),
    },
  },
  {
    case: 'refund',
    value: {
      commandId: 'refund:chg_1',
      tenant: 'acme',
      customer: 'alice',
      chargeId: 'chg_1',
      reason: 'late',
    },
  },
  {
    case: 'void',
    value: {
      commandId: 'void:1',
      tenant: 'acme',
      customer: 'alice',
      event: position,
      reason: 'wrong',
    },
  },
  {
    case: 'correct',
    value: {
      commandId: 'correct:1',
      tenant: 'acme',
      customer: 'alice',
      event: position,
      reason: 'wrong',
    },
  },
  {
    case: 'applyReRating',
    value: {
      commandId: 'apply:1',
      tenant: 'acme',
      customer: 'alice',
      reRatingId: 'rr_1',
      adjustments: [{ chargeId: 'chg_1', amountNanos: -5n, price: 'articles', priceVersion: 2 }],
    },
  },
  { case: 'replayed', value: { commandId: 'replay:1-3-42-7', tenant: 'acme', replaces: position } },
  { case: 'handOver', value: { commandId: 'handover:2', nextGeneration: 2 } },
  {
    case: 'rejected',
    value: {
      commandId: 'rejected:usage.inbound.v1.acme:0:5',
      tenant: 'acme',
      customer: '',
      source: 'web',
      eventId: 'e-9',
      code: 'not_json',
      detail: 'the record is not JSON',
      pointer: '',
      bytes: Buffer.from('{"specversion":'),
    },
  },
];

export const CHARGES: readonly RatedCharge[] = [
  {
    offset: 42n,
    index: 7,
    n: 0,
    tenant: 'acme',
    customer: 'alice',
    currency: 'USD',
    kind: ChargeKind.USAGE,
    corrects: '',
    source: 'web',
    eventId: 'e-1',
    type: 'article.read',
    meter: 'articles',
    price: 'articles',
    priceVersion: 2,
    cell: '{"format":"long"}',
    occurredAt: NOVEMBER,
    usageFrom: NOVEMBER,
    usageTo: DECEMBER,
    bookingFrom: NOVEMBER,
    bookingTo: DECEMBER,
    quantityBefore: 20_000_000_000n,
    quantityAfter: 3_000_000_000_000_000_021_000_000_000n,
    amountNanos: 1_500_000n,
    quoteDifferenceNanos: 0n,
    bodyHash: Buffer.alloc(32, 7),
    shares: [{ creator: 'wren', amountNanos: 1_050_000n }],
  },
  {
    offset: 43n,
    index: 0,
    n: 1,
    tenant: 'acme',
    customer: 'alice',
    currency: 'USD',
    kind: ChargeKind.ADJUSTMENT,
    corrects: 'chg_1-3-42-7-0',
    source: '',
    eventId: '',
    type: '',
    meter: 'articles',
    price: 'articles',
    priceVersion: 2,
    cell: '',
    occurredAt: NOVEMBER + 1,
    usageFrom: NOVEMBER,
    usageTo: DECEMBER,
    bookingFrom: DECEMBER,
    bookingTo: DECEMBER + 5,
    quantityBefore: 0n,
    quantityAfter: 0n,
    amountNanos: -9_223_372_036_854_775_808n,
    quoteDifferenceNanos: 3n,
    bodyHash: Buffer.alloc(32),
    shares: [],
  },
];

export const RANGE = {
  from: { generation: 1, partition: 3, offset: 42n, index: 0 },
  to: { generation: 1, partition: 3, offset: 44n, index: 0 },
};

export const ECHOES = [
  {
    offset: 43n,
    index: 1,
    record: {
      case: 'barrierPassed' as const,
      value: {
        runId: 'run_1',
        tenant: 'acme',
        closesBeforeMicros: BigInt(DECEMBER),
        charges: 2n,
        sums: [{ currency: 'USD', sumNanos: '-9223372036853275808' }],
      },
    },
  },
];

export const APPLIED_HOLDS = [
  { offset: 42n, index: 7, tenant: 'acme', customer: 'alice', holdId: 'hold_1' },
];

export const PAYMENTS: readonly ChargePayment[] = ['grant_1', ''].map((grant, i) => ({
  offset: 42n,
  index: 7,
  n: 0,
  tenant: 'acme',
  customer: 'alice',
  currency: 'USD',
  kind: ChargeKind.USAGE,
  price: 'articles',
  priceVersion: 2,
  cell: '',
  usageFrom: NOVEMBER,
  bookingFrom: NOVEMBER,
  bookingTo: DECEMBER,
  grant,
  amountNanos: 750_000n + BigInt(i),
}));
