import { idAt } from '@farthing/contracts/wire/envelope-columns';
import type { Micros } from '@farthing/domain/period/micros';
import { applyAdjustments } from '../adjustments/apply-adjustments.js';
import { upsertDecided } from '../adjustments/corrections.repository.js';
import { deleteSeenValues } from '../customers/seen-values.repository.js';
import { deleteUnlocks } from '../customers/unlocks.repository.js';
import type { RatingWork } from '../rate-batch/apply-events.js';
import { Effects } from '../rate-batch/effects.js';
import { saveEffects } from '../rate-batch/save-effects.js';
import { claimCommand } from '../sealing/sealing.repository.js';
import { findCorrectedEvent, numbersOf, type CorrectedEvent } from './corrected-event.js';
import type { CorrectionPlan } from './correction-plan.js';
import { EVENT_REFUSALS, type EventCorrectionRefusal } from './event-correction-refusals.js';
import {
  correctionFromRecord,
  type EventCorrection,
  type EventCorrectionRecord,
} from './event-correction.js';
import {
  addKept,
  copyKeptReadings,
  deleteReadingsOf,
  type KeptReading,
} from './kept-readings.repository.js';
import { findTaken, takeKey } from './own-key.js';
import { planCorrection } from './plan-correction.js';

/** Where a control record stands. */
interface Place {
  readonly offset: bigint;
  readonly appendedAt: Micros;
}

type JudgeOutcome =
  | { readonly outcome: 'corrects'; readonly event: CorrectedEvent; readonly plan: CorrectionPlan }
  | { readonly outcome: 'refused'; readonly reason: EventCorrectionRefusal };

/**
 * Applies a `Void` or a `Correct`: the charges that correct those of the event, all or none of them. What was asked for
 * by a command is applied once, and says at the event what became of it; what was asked for by an event of its own ends
 * as any event does, and its charges are the adjustments.
 */
export async function applyEventCorrection(
  work: RatingWork,
  place: Place,
  record: EventCorrectionRecord,
): Promise<Effects | undefined> {
  const correction = correctionFromRecord(record);
  const { tenant, own, commandId, reason, key } = correction;
  const { tx, partition } = work;
  const { offset } = place;
  if (own) {
    const taken = await findTaken(work, own);
    if (taken) return endOwn(work, (effects) => repeat(effects, place, correction, taken));
  } else if (!(await claimCommand(tx, { tenant, partition, commandId, offset }))) {
    return undefined;
  }
  const judged = await judge(work, place, correction);
  const refusal = judged.outcome === 'refused' ? judged.reason : undefined;
  if (own && refusal !== undefined) {
    return endOwn(work, (effects) => reject(effects, place, correction, refusal));
  }
  if (own && !(await takeKey(work, own, offset))) {
    // Another partition took it this very moment.
    const taken = (await findTaken(work, own))!;
    return endOwn(work, (effects) => repeat(effects, place, correction, taken));
  }
  await upsertDecided(tx, { tenant, commandId, reason, refusal, partition, offset, eventKey: key });
  return judged.outcome === 'refused' ? undefined : carryOut(work, place, correction, judged);
}

async function judge(
  work: RatingWork,
  { appendedAt }: Place,
  correction: EventCorrection,
): Promise<JudgeOutcome> {
  const { tenant, customer, key } = correction;
  const { partition, context } = work;
  const found = await findCorrectedEvent(work.tx, { tenant, key, owner: { customer, partition } });
  if (found.outcome === 'refused') return found;
  for (;;) {
    const planned = await planCorrection(work, found.event, { correction, appendedAt });
    if (planned.outcome === 'refused') return planned;
    const { numbers } = context;
    if (!numbers.areMissing) return { outcome: 'corrects', event: found.event, plan: planned.plan };
    await numbers.learn();
  }
}

async function carryOut(
  work: RatingWork,
  { offset }: Place,
  { tenant, customer: id, source, own }: EventCorrection,
  { event, plan }: Extract<JudgeOutcome, { outcome: 'corrects' }>,
): Promise<Effects> {
  const { tx } = work;
  const customer = work.state.customerOf(tenant, id);
  const corrected = numbersOf(event);
  await deleteReadingsOf(tx, corrected);
  const kept: KeptReading[] = [];
  for (const reading of plan.kept) addKept(kept, { ...corrected, ...reading });
  if (kept.length > 0) await copyKeptReadings(tx, kept);
  const closed = plan.unlocks.filter(({ unlockedAt }) => unlockedAt === undefined);
  if (closed.length > 0) await deleteUnlocks(tx, customer, closed);
  const { forgotten } = plan;
  if (forgotten.length > 0) await deleteSeenValues(tx, forgotten);
  return applyAdjustments(work, {
    offset,
    adjustments: plan.adjustments,
    also: (effects) => {
      plan.carryOut(effects);
      for (const { price, item, unlockedAt } of plan.unlocks) {
        const slot = customer.unlocks.slot({ price, item });
        if (unlockedAt !== undefined) effects.unlock({ customer, slot, unlockedAt });
        else slot.current = slot.saved = undefined;
      }
      if (!own) return;
      const count = effects.counts.of({ tenant, source }, 'applied');
      count.events += 1;
      if (plan.adjustments.length > 0) count.charged += 1;
    },
  });
}

/** An event of its own that is not applied. */
async function endOwn(work: RatingWork, end: (effects: Effects) => void): Promise<Effects> {
  const effects = new Effects(work.partition, work.ranges);
  end(effects);
  await saveEffects(work.tx, effects, { ...work, chargeRows: [] });
  effects.saved();
  return effects;
}

function repeat(
  effects: Effects,
  { offset }: Place,
  { tenant, source, own }: EventCorrection,
  outcome: 'duplicate' | 'conflict',
): void {
  effects.repeated.push({ tenant, offset, index: 0, outcome, key: own!.keys });
  effects.counts.add({ tenant, source }, outcome);
}

function reject(
  effects: Effects,
  { offset, appendedAt }: Place,
  { tenant, customer, source, own }: EventCorrection,
  reason: EventCorrectionRefusal,
): void {
  effects.rejected.push({
    tenant,
    customer,
    source,
    eventId: idAt(own!, 0),
    offset,
    index: 0,
    appendedAt,
    code: reason,
    detail: EVENT_REFUSALS[reason],
    pointer: '',
    bytes: own!.data,
  });
  effects.counts.add({ tenant, source }, 'rejected', reason);
}
