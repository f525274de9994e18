import { unlockItem, type UnlockPrice } from '@farthing/domain/pricing/unlock-price';
import type { DimensionOf } from './log-cells.js';
import type { Unlocked } from './logged-events.js';

/**
 * One item for what is unlocked, none for what is open; undefined where the event names none. `unlocks` says when each
 * was last unlocked.
 */
export function unlockedBy(
  unlocks: ReadonlyMap<string, number>,
  unlock: UnlockPrice,
  event: {
    /** Customer and price key. */
    readonly owner: string;
    readonly occurredAt: number;
    readonly dimensionOf: DimensionOf;
  },
): Unlocked | undefined {
  const { owner, occurredAt } = event;
  const item = event.dimensionOf(unlock.item);
  if (item === undefined) return undefined;
  const name = `${owner}\u0000${item}`;
  const step = unlockItem(unlock, unlocks.get(name), occurredAt);
  return { name, unlockedAt: step.unlockedAt, quantity: step.quantity };
}
