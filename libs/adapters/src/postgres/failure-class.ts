/**
 * Why something failed decides what happens next:
 * - `deterministic`: the same input fails again. It becomes a recorded outcome, in the same transaction.
 * - `transient`: the same input may pass later. Retry in place, then pause the partition.
 * - `rebalance`: the partition is no longer ours. Rethrow untouched.
 * - `halt`: going on would lose or double something. Stop the partition with an alarm.
 * - `programmer`: a bug. Exit and restart.
 */
export type FailureClass = 'deterministic' | 'transient' | 'rebalance' | 'halt' | 'programmer';

const TRANSIENT_STATES = /^(08...|40001|40P01|53...|57P0.|57014|55P03|25P03|25P04)$/;
const DETERMINISTIC_STATES = /^(22...|23...)$/;
const TRANSIENT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const REBALANCE_TYPES = new Set([
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);
// pg reports a lost connection as a bare Error, so its words are all there is to go by.
const LOST_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Client was closed|Cannot use a pool after calling end|Connection ended)/;

/** Classes an error once, by its type, its SQLSTATE (`code`), its system code or Kafka's error type. */
export function failureClassOf(error: unknown): FailureClass {
  if (!(error instanceof Error)) return 'programmer';
  const { failureClass, code, type, name } = error as Error & {
    failureClass?: FailureClass;
    code?: unknown;
    type?: unknown;
  };
  if (failureClass) return failureClass;
  if (typeof type === 'string' && REBALANCE_TYPES.has(type)) return 'rebalance';
  if (name.startsWith('KafkaJS')) return 'transient';
  if (typeof code === 'string') {
    if (TRANSIENT_STATES.test(code) || TRANSIENT_CODES.has(code)) return 'transient';
    if (DETERMINISTIC_STATES.test(code)) return 'deterministic';
  }
  if (LOST_CONNECTION.test(error.message)) return 'transient';
  // Node joins the refusals of several addresses into one AggregateError.
  if (error instanceof AggregateError && error.errors.length > 0)
    return failureClassOf(error.errors[0]);
  return 'programmer';
}

/** The SQLSTATE of an error of PostgreSQL, such as `23505`; undefined for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, severity } = error as Error & { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
