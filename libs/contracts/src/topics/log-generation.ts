/** The generation of the log that this version reads and writes; growth of the partition count makes another. */
export const LOG_GENERATION = 1;

/** The schema version of every message; a reader stops at a newer one. */
export const SCHEMA_VERSION = 1;

/** A message is closed at this many bytes, never inside one event. */
export const MESSAGE_BYTES_MAX = 512 * 1024;

/** An envelope is closed at this many events. */
export const ENVELOPE_EVENTS_MAX = 2_000;

/** The longest event, in bytes of its JSON. */
export const EVENT_BYTES_MAX = 64 * 1024;
