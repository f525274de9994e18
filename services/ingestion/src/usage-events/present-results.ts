import { formatQuantity } from '@farthing/domain/metering/quantity';
import type { Reading } from '@farthing/domain/metering/meter-event';
import { EVENT_REJECTIONS } from '../errors.js';
import type { AdmittedEvent } from './admit-usage-events.js';

export interface ResultsOptions {
  /** Whether pointers begin with the event's index. */
  readonly isList: boolean;
  readonly withReadings: boolean;
}

const QUOTED = /["\\]/;

/** The answer's JSON: `{ "results": [ … ] }`, one result an event, in order. */
export function presentResults(events: readonly AdmittedEvent[], options: ResultsOptions): string {
  let results = '';
  events.forEach((one, index) => {
    if (index > 0) results += ',';
    if (one.outcome === 'accepted') {
      const readings = options.withReadings ? `,"readings":${presentReadings(one.readings)}` : '';
      results += `{"id":${quoted(one.event.id)},"outcome":"accepted"${readings}}`;
      return;
    }
    const { code, pointer } = one.rejection;
    results += JSON.stringify({
      id: one.label.id === '' ? undefined : one.label.id,
      outcome: 'rejected',
      code,
      detail: EVENT_REJECTIONS[code],
      pointer: options.isList ? `/${index}${pointer}` : pointer,
    });
  });
  return `{"results":[${results}]}`;
}

function presentReadings(readings: readonly Reading[]): string {
  return JSON.stringify(
    readings.map(({ meterKey, meterVersion, quantity, dimensions }) => ({
      meter: meterKey,
      meterVersion,
      quantity: formatQuantity(quantity),
      dimensions,
    })),
  );
}

/** Ids are visible ASCII. */
function quoted(id: string): string {
  return QUOTED.test(id) ? JSON.stringify(id) : `"${id}"`;
}
