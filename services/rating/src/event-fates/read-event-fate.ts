import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { eventKey } from '@farthing/contracts/wire/event-identity';
import { formatPosition } from '@farthing/domain/rating/position';
import { chargeView } from '../charges/charge-view.js';
import { selectChargesAt } from '../charges/charges-list.repository.js';
import {
  readEventCorrections,
  type EventCorrections,
} from '../event-corrections/event-corrections-view.js';
import { positionOf } from '../rejected-events/refused-events.controller.js';
import { selectLastRefused } from '../rejected-events/refused-events.repository.js';
import { countRepeats, selectApplied } from './event-fates.repository.js';

export interface EventName {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

export interface EventFate {
  readonly outcome: 'applied' | 'rejected' | 'dead_lettered' | 'not_seen';
  readonly reason?: string;
  readonly detail?: string;
  readonly position?: string;
  /** How often it was sent again and refused as a duplicate. */
  readonly resent: number;
  /** How often another body came under its id. */
  readonly conflicts: number;
  readonly charges: readonly unknown[];
  /** What stands of an applied event that was voided or corrected, and by what. */
  readonly standing?: EventCorrections['standing'];
  readonly corrections?: EventCorrections['corrections'];
}

/** What became of an event: what decided it, and how often it came again. */
export async function readEventFate(
  tx: Transaction,
  view: CatalogView,
  event: EventName,
): Promise<EventFate> {
  const key = eventKey(event.tenant, event.source, event.id);
  const repeats = await countRepeats(tx, event.tenant, key);
  const applied = await selectApplied(tx, event.tenant, key);
  if (applied) {
    const position = {
      generation: applied.generation,
      partition: applied.partition,
      offset: BigInt(applied.log_offset),
      index: applied.event_index,
    };
    const rows = await selectChargesAt(tx, event.tenant, position);
    const charges = rows.map((row) => chargeView(row, view));
    const corrected = await readEventCorrections(tx, view, { tenant: event.tenant, key });
    const at = formatPosition(position);
    return { outcome: 'applied', position: at, ...repeats, charges, ...corrected };
  }
  const rejected = await selectLastRefused(tx, 'rejected', event);
  if (rejected) {
    const { code: reason, detail } = rejected;
    const position = positionOf(rejected);
    return { outcome: 'rejected', reason, detail, position, ...repeats, charges: [] };
  }
  const dead = await selectLastRefused(tx, 'deadLetters', event);
  if (dead) {
    const { code: reason, detail } = dead;
    const position = positionOf(dead);
    return { outcome: 'dead_lettered', reason, detail, position, ...repeats, charges: [] };
  }
  return { outcome: 'not_seen', ...repeats, charges: [] };
}
