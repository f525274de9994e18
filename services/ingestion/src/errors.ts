import { DeadlineExceeded, Overloaded } from '@farthing/adapters/kafka/kafka-errors';
import { Problem } from '@farthing/adapters/http/problem';
import { failureClassOf } from '@farthing/adapters/postgres/failure-class';

/** Why a request is refused as a whole, with its HTTP status; what its API key lacks is said by the adapters. */
export const REQUEST_REFUSALS = {
  query_invalid: { status: 400, detail: '`dryRun` is `true` or `false`.' },
  unsupported_media_type: {
    status: 415,
    detail:
      'Send application/cloudevents+json, application/cloudevents-batch+json or application/x-ndjson, in UTF-8.',
  },
  unsupported_encoding: { status: 415, detail: 'The only Content-Encoding taken is gzip.' },
  body_too_large: { status: 413, detail: 'A request has at most 1 MiB, also after decompression.' },
  compression_ratio_too_high: {
    status: 413,
    detail: 'A body may grow to at most 100 times its size by decompression.',
  },
  too_many_events: { status: 413, detail: 'A request has at most 1,000 events.' },
  not_gzip: { status: 400, detail: 'The body is not gzip, or breaks off.' },
  not_utf8: { status: 400, detail: 'The body is not UTF-8.' },
  not_json: {
    status: 400,
    detail: 'The body is not JSON (RFC 8259) of the kind that its type says.',
  },
  rate_limited: { status: 429, detail: 'Too many events a second. Send again after Retry-After.' },
  log_unavailable: {
    status: 503,
    detail: 'The log does not take records now. Send the whole request again.',
  },
  overloaded: {
    status: 503,
    detail: 'Too much is waiting here. Nothing was taken; send it again.',
  },
  deadline_exceeded: {
    status: 503,
    detail:
      'The log did not acknowledge in time. Send the whole request again: what did arrive is not counted twice.',
  },
} as const satisfies Record<string, { readonly status: number; readonly detail: string }>;

export type RequestRefusalCode = keyof typeof REQUEST_REFUSALS;

/** Why one event is rejected, in the order in which they are checked. Its neighbours do not mind. */
export const EVENT_REJECTIONS = {
  event_too_large: 'An event has at most 64 KiB.',
  not_utf8: 'The bytes are not UTF-8.',
  not_json: 'The bytes are not JSON (RFC 8259).',
  too_deep: 'Nesting is at most 32 deep.',
  duplicate_key: 'A name comes twice in one object.',
  forbidden_key: 'The name `__proto__` is not allowed.',
  lone_surrogate: 'Half of a surrogate pair is not text.',
  nul_in_text: 'Text may not contain U+0000.',
  content_type_unsupported:
    'A record is application/cloudevents+json, or carries its attributes as headers named `ce_…`.',
  not_an_object: 'An event is a JSON object.',
  specversion_unsupported: '`specversion` is "1.0".',
  id_missing: '`id` is required.',
  id_invalid: '`id` is 1 to 255 visible ASCII characters.',
  source_missing: '`source` is required.',
  source_invalid: '`source` is 1 to 255 visible ASCII characters.',
  type_missing: '`type` is required.',
  type_invalid: '`type` is 1 to 255 visible ASCII characters.',
  subject_missing: '`subject` is required: it names the customer.',
  subject_invalid: '`subject` is 1 to 255 visible ASCII characters.',
  holdid_invalid: '`holdid` is 1 to 255 visible ASCII characters.',
  quotetoken_invalid: '`quotetoken` is 1 to 4,096 visible ASCII characters.',
  datacontenttype_unsupported: '`datacontenttype` is application/json.',
  correction_invalid:
    '`farthingvoids` or `farthingcorrects`, not both, is the id of another event of the source, without `holdid` and `quotetoken`.',
  attribute_name_invalid: 'An attribute has a name of 1 to 64 lower-case letters and digits.',
  attribute_value_invalid: 'An attribute is a string, a boolean or a 32-bit integer.',
  data_base64_unsupported: 'Binary data cannot be metered: send JSON in `data`.',
  data_not_an_object: '`data` is a JSON object.',
  not_a_timestamp: '`time` is an RFC 3339 timestamp with an offset.',
  no_such_date: '`time` has a date that the calendar does not have.',
  no_such_time: '`time` has a time of day that the clock does not have.',
  no_such_offset: '`time` has an offset of more than 23:59.',
  timestamp_out_of_range: '`time` lies before 1970 or after 2199.',
  too_late: 'The event occurred too long ago: a repetition of it could no longer be recognized.',
  too_early: 'The event lies more than 5 minutes in the future.',
  unknown_type: 'No meter counts this type.',
  number_not_exact: 'The number is not exact: send a string, or an integer below 2^53.',
  value_missing: 'The property that the meter reads is missing.',
  not_a_number: 'The property that the meter adds up is no decimal number.',
  negative_quantity: 'A quantity is not negative.',
  too_many_decimals: 'A quantity has at most 9 decimals.',
  quantity_out_of_range: 'A quantity is less than 2^63 in its last decimal.',
  property_not_text:
    'The property is not text of at most 255 characters, a boolean or an integer below 2^53.',
  unknown_customer: 'The tenant takes events of customers that it has created, only.',
} as const satisfies Record<string, string>;

export type EventRejectionCode = keyof typeof EVENT_REJECTIONS;

/** A request that ends here; thrown by the route, never by the rules. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';

  constructor(
    readonly code: RequestRefusalCode,
    readonly retryAfterSeconds?: number,
  ) {
    super(REQUEST_REFUSALS[code].detail);
  }
}

/** Every end of a request without results, as an answer. What is no refusal is a bug and becomes a 500. */
export function problemOf(error: unknown): unknown {
  const refused = refusalOf(error);
  if (!refused) return error;
  const { code, retryAfterSeconds } = refused;
  const { status, detail } = REQUEST_REFUSALS[code];
  return new Problem({
    status,
    code,
    detail,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function refusalOf(error: unknown): RequestRefused | undefined {
  if (error instanceof RequestRefused) return error;
  if (error instanceof DeadlineExceeded) return new RequestRefused('deadline_exceeded', 1);
  if (error instanceof Overloaded) return new RequestRefused('overloaded', 1);
  if (error instanceof Problem) return undefined;
  const isKafka = error instanceof Error && error.name.startsWith('KafkaJS');
  return isKafka && failureClassOf(error) === 'transient'
    ? new RequestRefused('log_unavailable', 1)
    : undefined;
}
