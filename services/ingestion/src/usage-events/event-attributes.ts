import type { EventRejectionCode } from '../errors.js';
import type { OriginalEvent } from './usage-event.js';

export type ReadAttributesOutcome =
  | {
      readonly outcome: 'read';
      readonly id: string;
      readonly source: string;
      readonly type: string;
      readonly subject: string;
      readonly holdId: string;
      readonly quoteToken: string;
      readonly original: OriginalEvent | undefined;
    }
  | {
      readonly outcome: 'rejected';
      readonly code: EventRejectionCode;
      readonly pointer: string;
    };

/** Ids as every door accepts them. */
const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;
const TOKEN = /^[\x21-\x7e]{1,4096}$/;
const ATTRIBUTE_NAME = /^[a-z0-9]{1,64}$/;
const JSON_MEDIA_TYPE = /^application\/(?:json|[\w.!#$&^-]+\+json) *(?:; *charset="?utf-8"? *)?$/i;
const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** Checks the context attributes (CloudEvents 1.0.2, 3). Null means absent, as in its JSON format (2.2). */
export function readAttributes(
  attributes: Readonly<Record<string, unknown>>,
): ReadAttributesOutcome {
  const { id, source, type, subject, holdid, quotetoken, datacontenttype } = attributes;
  if (attributes.specversion !== '1.0') {
    return rejected('specversion_unsupported', '/specversion');
  }
  if (!isPresent(id)) return rejected('id_missing', '/id');
  if (!isVisible(id)) return rejected('id_invalid', '/id');
  if (!isPresent(source)) return rejected('source_missing', '/source');
  if (!isVisible(source)) return rejected('source_invalid', '/source');
  if (!isPresent(type)) return rejected('type_missing', '/type');
  if (!isVisible(type)) return rejected('type_invalid', '/type');
  if (!isPresent(subject)) return rejected('subject_missing', '/subject');
  if (!isVisible(subject)) return rejected('subject_invalid', '/subject');
  if (isPresent(holdid) && !isVisible(holdid)) return rejected('holdid_invalid', '/holdid');
  if (isPresent(quotetoken) && !isToken(quotetoken)) {
    return rejected('quotetoken_invalid', '/quotetoken');
  }
  if (isPresent(datacontenttype) && !isJsonMediaType(datacontenttype)) {
    return rejected('datacontenttype_unsupported', '/datacontenttype');
  }
  const original = readOriginal(attributes, id);
  if (original?.outcome === 'rejected') return original;
  const other = faultOfOthers(attributes);
  if (other) return other;
  return {
    outcome: 'read',
    id,
    source,
    type,
    subject,
    holdId: typeof holdid === 'string' ? holdid : '',
    quoteToken: typeof quotetoken === 'string' ? quotetoken : '',
    original: original?.event,
  };
}

/** `farthingvoids` or `farthingcorrects`: the id of another event of the same source. */
function readOriginal(
  attributes: Readonly<Record<string, unknown>>,
  ownId: string,
):
  | { readonly outcome: 'read'; readonly event: OriginalEvent }
  | Extract<ReadAttributesOutcome, { outcome: 'rejected' }>
  | undefined {
  const { farthingvoids, farthingcorrects, holdid, quotetoken } = attributes;
  const kind = isPresent(farthingvoids) ? 'voids' : 'corrects';
  const id = kind === 'voids' ? farthingvoids : farthingcorrects;
  if (!isPresent(id)) return undefined;
  const isBoth = kind === 'voids' && isPresent(farthingcorrects);
  if (!isVisible(id) || id === ownId || isBoth || isPresent(holdid) || isPresent(quotetoken)) {
    return rejected('correction_invalid', `/farthing${kind}`);
  }
  return { outcome: 'read', event: { kind, id } };
}

/** Extension attributes and `dataschema`: nothing is done with them, but their form must be right. */
function faultOfOthers(
  attributes: Readonly<Record<string, unknown>>,
): ReadAttributesOutcome | undefined {
  for (const name in attributes) {
    switch (name) {
      case 'specversion':
      case 'id':
      case 'source':
      case 'type':
      case 'subject':
      case 'time':
      case 'data':
      case 'data_base64':
      case 'datacontenttype':
      case 'holdid':
      case 'quotetoken':
      case 'farthingvoids':
      case 'farthingcorrects':
        break;
      default:
        if (!ATTRIBUTE_NAME.test(name)) return rejected('attribute_name_invalid', pointerTo(name));
        if (!isAttributeValue(attributes[name])) {
          return rejected('attribute_value_invalid', pointerTo(name));
        }
    }
  }
  return undefined;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isVisible(value: unknown): value is string {
  return typeof value === 'string' && VISIBLE_ASCII.test(value);
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value);
}

function isJsonMediaType(value: unknown): boolean {
  return value === 'application/json' || (typeof value === 'string' && JSON_MEDIA_TYPE.test(value));
}

function isAttributeValue(value: unknown): boolean {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX;
  }
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

function pointerTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function rejected(
  code: EventRejectionCode,
  pointer: string,
): Extract<ReadAttributesOutcome, { outcome: 'rejected' }> {
  return { outcome: 'rejected', code, pointer };
}
