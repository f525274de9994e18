import { createHash } from 'node:crypto';

/** The first 16 bytes of SHA-256(tenant ‖ 0x00 ‖ source ‖ 0x00 ‖ id). */
export function eventKey(tenant: string, source: string, id: string): Buffer {
  return createHash('sha256')
    .update(`${tenant}\u0000${source}\u0000${id}`)
    .digest()
    .subarray(0, 16);
}

/**
 * SHA-256 over type, subject and time as sent ('' when absent), each followed by 0x00, then the exact bytes of data.
 * Neither what the door adds nor a hold or quote token is part of it.
 */
export function bodyHash(
  event: { readonly type: string; readonly subject: string; readonly time: string },
  data: Uint8Array,
): Buffer {
  return createHash('sha256')
    .update(`${event.type}\u0000${event.subject}\u0000${event.time}\u0000`)
    .update(data)
    .digest();
}
