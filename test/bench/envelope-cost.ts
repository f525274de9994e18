import { EnvelopeBuilder } from '@farthing/contracts/wire/envelope-builder';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import { envelopeEvent } from './envelope-log.js';
import { generateLoad } from './load.js';

/** Prints the microseconds of CPU an event to encode and decode an envelope of 500 events, and nothing else. */
const EVENTS = 500;
const WARM_UPS = 400;
const REPEATS = 400;

const events = generateLoad({ seed: 500, events: EVENTS, endsAtMs: Date.now() }).map(envelopeEvent);
for (let i = 0; i < WARM_UPS; i += 1) encodeAndDecode();
const before = process.cpuUsage();
for (let i = 0; i < REPEATS; i += 1) encodeAndDecode();
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / (REPEATS * EVENTS)));

function encodeAndDecode(): void {
  const builder = new EnvelopeBuilder(1);
  for (const event of events) builder.add(event);
  const decoded = decodeUsageRecord(builder.finish());
  if (decoded.case !== 'envelope' || decoded.envelope.count !== events.length) {
    throw new Error('an envelope does not come out as it went in');
  }
}
