import { readEventData } from './event-data.js';
import type { EventCandidate } from './event-candidate.js';

/** An `IngestEvent` as the transport hands it over: every text is there, '' for none. */
export interface EventMessage {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Buffer;
  readonly holdId: string;
  readonly quoteToken: string;
  readonly voids: string;
  readonly corrects: string;
}

export function candidateFromMessage(message: EventMessage): EventCandidate {
  const { id, source, type, subject, time } = message;
  const given = {
    id,
    source,
    type,
    subject,
    time,
    holdid: message.holdId,
    quotetoken: message.quoteToken,
    farthingvoids: message.voids,
    farthingcorrects: message.corrects,
  };
  const attributes: Record<string, string> = { specversion: '1.0' };
  let bytes = message.data.length;
  for (const [name, text] of Object.entries(given)) {
    if (text === '') continue;
    attributes[name] = text;
    bytes += name.length + Buffer.byteLength(text);
  }
  return { bytes, attributes, ...readEventData(message.data) };
}
