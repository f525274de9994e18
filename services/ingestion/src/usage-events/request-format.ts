/** How a body holds its events. */
export type EventFormat = 'structured' | 'batch' | 'lines';

export type RequestFormatOutcome =
  | { readonly outcome: 'read'; readonly format: EventFormat; readonly gzip: boolean }
  | {
      readonly outcome: 'refused';
      readonly reason: 'unsupported_media_type' | 'unsupported_encoding';
    };

const FORMATS: Readonly<Record<string, EventFormat>> = {
  'application/cloudevents+json': 'structured',
  'application/cloudevents-batch+json': 'batch',
  'application/x-ndjson': 'lines',
};
const MEDIA_TYPE = /^([^;\s]+)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** From the headers `content-type` and `content-encoding`. JSON is UTF-8 (RFC 8259, 8.1); no other charset is read. */
export function readRequestFormat(headers: {
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
}): RequestFormatOutcome {
  const name = MEDIA_TYPE.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? '';
  if (!Object.hasOwn(FORMATS, name))
    return { outcome: 'refused', reason: 'unsupported_media_type' };
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'identity') {
    return { outcome: 'refused', reason: 'unsupported_encoding' };
  }
  return { outcome: 'read', format: FORMATS[name]!, gzip: encoding === 'gzip' };
}
