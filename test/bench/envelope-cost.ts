import { EnvelopeBuilder } from '@farthing/contracts/wire/envelope-builder';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import { envelopeEvent } from './envelope-log.js';
import { generateLoad } from './load.js';

const EVENTS = 500;
const WARM_UPS = 400;
const REPEATS = 400;

let prepared: ReturnType<typeof envelopeEvent>[] | undefined;

/** Microseconds of CPU an event to encode and decode an envelope of 500 events. */
export function envelopeMicrosPerEvent(): number {
  if (!prepared) {
    prepared = generateLoad({ seed: 500, events: EVENTS, endsAtMs: Date.now() }).map(envelopeEvent);
    for (let i = 0; i < WARM_UPS; i += 1) encodeAndDecode(prepared);
  }
  const before = process.cpuUsage();
  for (let i = 0; i < REPEATS; i += 1) encodeAndDecode(prepared);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (REPEATS * EVENTS);
}

function encodeAndDecode(events: ReadonlyArray<ReturnType<typeof envelopeEvent>>): void {
  const builder = new EnvelopeBuilder(1);
  for (const event of events) builder.add(event);
  const decoded = decodeUsageRecord(builder.finish());
  if (decoded.case !== 'envelope' || decoded.envelope.count !== events.length) {
    throw new Error('an envelope does not come out as it went in');
  }
}
