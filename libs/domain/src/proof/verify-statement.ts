import { createPublicKey, verify } from 'node:crypto';
import { canonicalBytes, type CanonicalValue } from './canonical-json.js';
import { leafHash, rootOf, sha256, verifyInclusion } from './merkle-tree.js';
import type { Statement, StatementHeader, StatementLine } from './statement.js';

/** A public key as `farthing-keys.json` lists it: 32 raw bytes in base64url. */
export interface PinnedKey {
  readonly keyId: string;
  readonly publicKey: string;
}

/** `line` counts the file's lines from 1. */
export type StatementProblem =
  | { readonly reason: 'not_a_statement_file'; readonly line: number }
  | {
      /** The charge's bytes do not give its hash, or it belongs to another statement. */
      readonly reason: 'charge_changed' | 'foreign_charge';
      readonly charge: string;
      readonly line: number;
    }
  | {
      readonly reason:
        /** The hashes do not give the root: a charge was added, left out, moved or exchanged. */
        | 'the_list_was_changed'
        | 'count_differs'
        | 'sum_differs'
        | 'not_in_the_run'
        | 'signature_invalid'
        | 'key_not_among_the_pinned';
    };

export interface StatementVerdict {
  readonly outcome: 'verified' | 'failed';
  readonly problems: readonly StatementProblem[];
  readonly statement?: Statement;
  /** Hex of SHA-256 of the raw public key. */
  readonly keyFingerprint?: string;
  /** Without pinned keys only the file vouches for the key. */
  readonly pinned: boolean;
}

/**
 * Checks a statement file, given as its parsed lines, offline: every charge against its hash, the
 * hashes against the root, count and sum, the statement's place in its signed run, and the Ed25519
 * signature.
 */
export function verifyStatement(
  lines: readonly unknown[],
  pinnedKeys?: readonly PinnedKey[],
): StatementVerdict {
  const pinned = pinnedKeys !== undefined;
  const [first, ...rest] = lines;
  const line = malformedLine(lines);
  if (line !== undefined) {
    return { outcome: 'failed', problems: [{ reason: 'not_a_statement_file', line }], pinned };
  }
  const header = first as StatementHeader;
  const { statement, keyId, publicKey } = header;
  const problems = chargeProblems(statement, rest as StatementLine[]).concat(sealProblems(header));
  const known = pinnedKeys?.some((key) => key.keyId === keyId && key.publicKey === publicKey);
  if (known === false) problems.push({ reason: 'key_not_among_the_pinned' });
  const keyFingerprint = hex(sha256(Buffer.from(publicKey, 'base64url')));
  const outcome = problems.length > 0 ? 'failed' : 'verified';
  return { outcome, problems, statement, keyFingerprint, pinned };
}

function chargeProblems(statement: Statement, lines: readonly StatementLine[]): StatementProblem[] {
  const problems: StatementProblem[] = [];
  let sum = 0n;
  lines.forEach(({ leaf, hash }, at) => {
    const place = { charge: leaf.id, line: at + 2 };
    if (hex(hashOf(leaf)) !== hash) problems.push({ reason: 'charge_changed', ...place });
    else if (!isOf(statement, leaf)) problems.push({ reason: 'foreign_charge', ...place });
    sum += nanosOf(leaf.amount);
  });
  const root = rootOf(lines.map(({ hash }) => bytesOf(hash)));
  if (hex(root) !== statement.root) problems.push({ reason: 'the_list_was_changed' });
  if (lines.length !== statement.charges) problems.push({ reason: 'count_differs' });
  if (sum !== nanosOf(statement.sum)) problems.push({ reason: 'sum_differs' });
  return problems;
}

function sealProblems(header: StatementHeader): StatementProblem[] {
  const problems: StatementProblem[] = [];
  const { statement, index, path, run } = header;
  const included = verifyInclusion(
    hashOf(statement),
    { index, size: run.statements },
    { path: path.map(bytesOf), root: bytesOf(run.root) },
  );
  if (!included || statement.tenant !== run.tenant) problems.push({ reason: 'not_in_the_run' });
  if (!isSigned(header)) problems.push({ reason: 'signature_invalid' });
  return problems;
}

function isSigned({ run, signature, publicKey }: StatementHeader): boolean {
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return verify(null, canonicalBytes({ ...run }), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

function isOf(statement: Statement, leaf: StatementLine['leaf']): boolean {
  const { tenant, customer, currency, from, to } = statement;
  const named = [leaf.tenant, leaf.customer, leaf.currency, leaf.bookingFrom, leaf.bookingTo];
  return [tenant, customer, currency, from, to].every((fact, at) => fact === named[at]);
}

/** The first line that does not have the shape it should, from 1. */
function malformedLine(lines: readonly unknown[]): number | undefined {
  const bad = lines.findIndex((line, at) => !(at === 0 ? isHeader(line) : isLine(line)));
  return lines.length === 0 ? 1 : bad < 0 ? undefined : bad + 1;
}

function isHeader(line: unknown): boolean {
  const { statement, path, run, signature, keyId, publicKey } = record(line);
  const { root, sum } = record(statement);
  const hashes = Array.isArray(path) ? [root, record(run).root, ...path] : [path];
  return hashes.every(isHash) && isAmount(sum) && [signature, keyId, publicKey].every(isText);
}

function isLine(line: unknown): boolean {
  const { leaf, hash } = record(line);
  return isHash(hash) && isText(record(leaf).id) && isAmount(record(leaf).amount);
}

/**
 * Foreign JSON can hold what has no canonical bytes (a fraction, a null): then no hash is its own.
 */
function hashOf(value: object): Uint8Array {
  try {
    return leafHash(canonicalBytes({ ...value } as CanonicalValue));
  } catch {
    return new Uint8Array();
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isAmount = (value: unknown): boolean => isText(value) && /^-?\d+\.\d{9}$/.test(value);
const isHash = (value: unknown): boolean => isText(value) && /^[0-9a-f]{64}$/.test(value);
const nanosOf = (amount: string): bigint => BigInt(amount.replace('.', ''));
const bytesOf = (text: string): Buffer => Buffer.from(text, 'hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
