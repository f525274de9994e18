import type { Rejected } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { applyReRating } from '../adjustments/apply-re-rating.js';
import { applyRefund } from '../adjustments/refund-charge.js';
import { applyEventCorrection } from '../event-corrections/apply-event-correction.js';
import { factsFromMessage, factsToMessage } from '../customers/customer-facts.js';
import { loadCustomers } from '../customers/load-customers.js';
import type { CustomerName } from '../customers/customers.repository.js';
import { claimCommand } from '../sealing/sealing.repository.js';
import { ECHO_BYTES } from '../publish-ranges/range-builder.js';
import type { RatingWork } from './apply-events.js';
import { Effects } from './effects.js';
import { passBarrier } from './pass-barrier.js';
import type { AppliedControl, LoggedControl } from './read-chunk.js';
import { saveEffects } from './save-effects.js';

/**
 * Applies control records and stores what they make. Those that make charges store them at once, with effects of their
 * own: what follows looks for them in the database.
 */
export async function applyControls(
  work: RatingWork,
  controls: readonly LoggedControl[],
): Promise<Effects[]> {
  const charged: Effects[] = [];
  const effects = new Effects(work.partition, work.ranges);
  await loadCustomers(work.tx, work.state.customers, {
    names: namesIn(controls),
    periodsEndAfter: 0,
  });
  for (const logged of controls) {
    const made = await applyControl(work, logged, effects);
    if (made) charged.push(made);
  }
  await saveEffects(work.tx, effects, { ...work, chargeRows: [] });
  effects.saved();
  return [...charged, effects];
}

/** Answers the effects of a record that made charges. */
async function applyControl(
  work: RatingWork,
  logged: LoggedControl,
  effects: Effects,
): Promise<Effects | undefined> {
  const { control } = logged;
  switch (control.case) {
    case 'customerChanged':
      changeCustomer(work, { ...logged, control }, effects);
      return undefined;
    case 'barrier':
      await passBarrier(work, { ...logged, barrier: control.value });
      return undefined;
    case 'refund':
      return applyRefund(work, logged.offset, control.value);
    case 'applyReRating':
      return applyReRating(work, logged.offset, control.value);
    case 'void':
    case 'correct':
      return applyEventCorrection(work, logged, control);
    case 'rejected':
      await recordRejected(work, logged, { rejected: control.value, effects });
      return undefined;
  }
}

/** A version that is not above the known one is ignored, and so not echoed. */
function changeCustomer(
  { state }: RatingWork,
  {
    offset,
    appendedAt,
    control,
  }: LoggedControl & { control: Extract<AppliedControl, { case: 'customerChanged' }> },
  effects: Effects,
): void {
  const { tenant, customer: id, catalogVersion } = control.value;
  const customer = state.customerOf(tenant, id);
  const facts = factsFromMessage(control.value, customer.facts?.knownSince ?? appendedAt);
  if (customer.facts && facts.version <= customer.facts.version) return;
  customer.facts = facts;
  effects.customers.add(customer);
  const who = { tenant, customer: id, catalogVersion: Number(catalogVersion) };
  effects.ranges.enter(offset, 0, ECHO_BYTES);
  effects.ranges.addEcho({
    offset,
    index: 0,
    record: { case: 'customerChanged', value: factsToMessage(who, facts) },
  });
}

/** What the Kafka door refused. Its bytes come from anyone, so nothing of them is taken for granted. */
async function recordRejected(
  { tx, partition }: RatingWork,
  { offset, appendedAt }: LoggedControl,
  { rejected, effects }: { readonly rejected: Rejected; readonly effects: Effects },
): Promise<void> {
  const { tenant, commandId } = rejected;
  const source = withoutNul(rejected.source);
  const eventId = withoutNul(rejected.eventId);
  if (!(await claimCommand(tx, { tenant, partition, commandId, offset }))) {
    effects.repeated.push({ tenant, offset, index: 0, outcome: 'duplicate' });
    effects.counts.add({ tenant, source }, 'duplicate');
    return;
  }
  effects.rejected.push({
    tenant,
    customer: withoutNul(rejected.customer),
    source,
    eventId,
    offset,
    index: 0,
    appendedAt,
    code: rejected.code,
    detail: withoutNul(rejected.detail),
    pointer: withoutNul(rejected.pointer),
    bytes: rejected.bytes,
  });
  effects.counts.add({ tenant, source }, 'rejected', rejected.code);
}

function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD');
}

function namesIn(controls: readonly LoggedControl[]): CustomerName[] {
  const names = new Map<string, CustomerName>();
  for (const { control } of controls) {
    if (control.case === 'barrier' || control.case === 'rejected') continue;
    const { tenant, customer } = control.value;
    names.set(`${tenant}\u0000${customer}`, { tenant, customer });
  }
  return [...names.values()];
}
