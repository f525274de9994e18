import { areSharedAlike } from '@farthing/domain/rating/split-charge';
import { LookAhead } from '../replay/look-ahead.js';
import type { EventName, EventUses, Use } from './event-uses.js';

/** Why a stored charge is left as it is. */
export const LEFT = {
  refunded: 'the charge was given back',
  corrected: 'the event was voided or corrected',
  quoted: 'the charge was quoted',
  no_longer_metered: 'the meters of now do not take what the event carries',
} as const;

export type LeftReason = keyof typeof LEFT;

/** Nothing prices what the meters of now read of the event, or they read nothing. */
export const NOT_COUNTED = 'not_counted';

/** What a stored charge would be, or what would be charged besides. */
export type ComparedUse =
  | { readonly what: 'unchanged' | 'changed'; readonly stored: Use; readonly fresh: Use }
  | {
      readonly what: 'not_charged';
      readonly stored: Use;
      readonly fresh: undefined;
      /** A code with which rating rejects the event, or `NOT_COUNTED`. */
      readonly why: string;
    }
  | { readonly what: 'charged_anew'; readonly stored: undefined; readonly fresh: Use }
  | {
      readonly what: 'left';
      readonly stored: Use;
      readonly fresh: Use | undefined;
      readonly why: LeftReason;
    };

export type ComparedEvent = ComparedUse & { readonly event: EventName };

/** Walks through both in step, each of which comes by event in the order of bytes. */
export async function* compareEvents(
  stored: AsyncIterator<EventUses>,
  fresh: AsyncIterator<EventUses>,
  { price }: { readonly price: string | undefined },
): AsyncGenerator<ComparedEvent> {
  const a = await LookAhead.of(stored);
  const b = await LookAhead.of(fresh);
  while (a.next || b.next) {
    const order = a.next && b.next ? compareNames(a.next, b.next) : a.next ? -1 : 1;
    const ofStored = order <= 0 ? a.next : undefined;
    const ofFresh = order >= 0 ? b.next : undefined;
    const event = (ofStored ?? ofFresh)!;
    for (const key of keysOf(ofStored, ofFresh)) {
      if (price !== undefined && price !== key) continue;
      const compared = compareUses(key, ofStored, ofFresh);
      if (compared) yield { ...compared, event };
    }
    if (ofStored) await a.take();
    if (ofFresh) await b.take();
  }
}

function keysOf(stored: EventUses | undefined, fresh: EventUses | undefined): Set<string> {
  return new Set([...(stored?.uses.keys() ?? []), ...(fresh?.uses.keys() ?? [])]);
}

function compareUses(
  key: string,
  ofStored: EventUses | undefined,
  ofFresh: EventUses | undefined,
): ComparedUse | undefined {
  const stored = ofStored?.uses.get(key);
  const fresh = ofFresh?.uses.get(key);
  if (!stored) {
    // What a corrected event comes to was decided.
    return ofStored?.isCorrected ? undefined : { what: 'charged_anew', stored, fresh: fresh! };
  }
  const left = leftReason(stored, ofStored!, ofFresh);
  if (left) return { what: 'left', stored, fresh, why: left };
  if (!fresh) {
    const why = ofFresh?.rejectedAt.get(stored.position) ?? NOT_COUNTED;
    return { what: 'not_charged', stored, fresh, why };
  }
  return { what: isAlike(stored, fresh) ? 'unchanged' : 'changed', stored, fresh };
}

function leftReason(
  stored: Use,
  ofStored: EventUses,
  ofFresh: EventUses | undefined,
): LeftReason | undefined {
  if (ofStored.isCorrected) return 'corrected';
  if (stored.isRefunded) return 'refunded';
  if (stored.isQuoted) return 'quoted';
  return ofFresh?.notMeteredAt.has(stored.position) ? 'no_longer_metered' : undefined;
}

/** Where the quantities before it moved and its amount did not, nothing of it would be otherwise. */
function isAlike(stored: Use, fresh: Use): boolean {
  return (
    stored.amount === fresh.amount &&
    stored.quantity === fresh.quantity &&
    stored.currency === fresh.currency &&
    stored.cell === fresh.cell &&
    areSharedAlike(stored.shares, fresh.shares)
  );
}

function compareNames(a: EventName, b: EventName): number {
  return (
    compareBytes(a.tenant, b.tenant) ||
    compareBytes(a.source, b.source) ||
    compareBytes(a.eventId, b.eventId)
  );
}

/** As PostgreSQL orders text with collation "C". */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
