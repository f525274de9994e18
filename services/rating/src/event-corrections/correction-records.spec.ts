import { eventKey } from '@farthing/contracts/wire/event-identity';
import { envelopeOfOne } from '@farthing/contracts/wire/single-event';
import { formatNanos } from '@farthing/domain/money/nanos';
import {
  envelopeEvent,
  NOW,
  ONE,
  PARTITION,
  TARIFF,
  type EventInit,
  type TestLog,
} from '../rating-harness.spec.js';

export const DAY = 86_400_000_000;

export const idAt = (offset: bigint, index = 0, n = 0) =>
  `chg_1-${PARTITION}-${offset}-${index}-${n}`;
export const articles = (id: string, count = 1, more: Partial<EventInit> = {}): EventInit => ({
  id,
  readings: { articles: BigInt(count) * ONE },
  ...more,
});
export const seats = (id: string, count: number): EventInit => ({
  id,
  readings: { seats: BigInt(count) * ONE },
});
export const clips = (id: string, format: string, count = 1): EventInit => ({
  id,
  format,
  readings: { clips: BigInt(count) * ONE },
});
export const song = (id: string, name: string, day = 0): EventInit => ({
  id,
  song: name,
  occurredAt: NOW + (day - 15) * DAY,
  readings: { songs: ONE },
});

/** What it corrects or else its event, cell, quantities in units and amount. */
export function shownCharge(charge: Record<string, unknown>): unknown[] {
  const row = charge as Record<string, string | number | null>;
  return [
    row.kind === 2 ? row.corrects : row.event_id,
    ...(row.cell === null ? [] : [row.cell]),
    `${Number(row.quantity_before)} to ${Number(row.quantity_after)}`,
    formatNanos(BigInt(row.amount!)),
  ];
}

/** By a command or, with `by`, by an event of its own. */
export function voids(
  log: TestLog,
  eventId: string,
  changes: { customer?: string; source?: string; by?: EventInit } = {},
): bigint {
  const { customer = 'ann', source = 'web', by } = changes;
  const key = eventKey('acme', source, eventId).toString('hex');
  const value = {
    commandId: by ? `void:${key}:${by.id}` : `void:${key}`,
    tenant: 'acme',
    customer,
    source,
    eventId,
    reason: 'misread',
    ...(by && { by: envelopeOfOne(envelopeEvent({ ...by, readings: {} }), TARIFF.length) }),
  };
  return log.control({ case: 'void', value });
}

/** By a command where the replacement has the id of what it replaces. It gives no time unless it says one. */
export function corrects(
  log: TestLog,
  eventId: string,
  replacement: EventInit,
  options: { number?: number; catalogVersion?: number } = {},
): bigint {
  const { number = 1, catalogVersion = TARIFF.length } = options;
  const { customer = 'ann', source = 'web', id } = replacement;
  const key = eventKey('acme', source, eventId).toString('hex');
  const event = envelopeEvent({ occurredAt: 0, ...replacement });
  const value = {
    commandId: `correct:${key}:${id === eventId ? number : id}`,
    tenant: 'acme',
    customer,
    source,
    eventId,
    reason: 'misread',
    replacement: envelopeOfOne(event, catalogVersion),
  };
  return log.control({ case: 'correct', value });
}
