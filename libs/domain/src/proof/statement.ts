import { createHash } from 'node:crypto';
import { canonicalBytes } from './canonical-json.js';
import { leafHash, sha256, type Hash } from './merkle-tree.js';
import type { ChargeLeaf } from './charge-leaf.js';

/** The sealed, ordered list of a customer's charges in one currency and booking period. */
export interface Statement {
  readonly v: 1;
  readonly id: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** Booking period; UTC with six decimals. */
  readonly from: string;
  readonly to: string;
  /** How many. */
  readonly charges: number;
  /** Decimal string of nine places. */
  readonly sum: string;
  /** Hex of the root over the charges' leaves. */
  readonly root: string;
  /** Hex of SHA-256 of the previous statement's canonical bytes; '' for the customer's first. */
  readonly previous: string;
}

/** What one Ed25519 signature seals: every statement of a cycle run. */
export interface RunSeal {
  readonly v: 1;
  readonly run: string;
  readonly tenant: string;
  readonly closesBefore: string;
  /** How many. */
  readonly statements: number;
  /** Hex of the root over the statements' canonical bytes. */
  readonly root: string;
}

/**
 * First line of a statement's file. Hashes in hex; signature and public key (32 raw bytes) in
 * base64url.
 */
export interface StatementHeader {
  readonly statement: Statement;
  /** Place of the statement among the run's, from 0, and its siblings up to the run's root. */
  readonly index: number;
  readonly path: readonly string[];
  readonly run: RunSeal;
  readonly signature: string;
  readonly keyId: string;
  readonly publicKey: string;
}

/** Each further line of a statement's file. */
export interface StatementLine {
  readonly leaf: ChargeLeaf;
  /** Hex of the leaf hash. */
  readonly hash: string;
}

export interface StatementIdentity {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly from: string;
  readonly to: string;
}

/** Derived from what the statement is of, so that sealing it again gives the same. */
export function statementId(identity: StatementIdentity): string {
  const { tenant, customer, currency, from, to } = identity;
  const text = [tenant, customer, currency, from, to].join('\u0000');
  return `stm_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

export function statementBytes(statement: Statement): Uint8Array {
  return canonicalBytes({ ...statement });
}

/** The statement's leaf in its run's tree. */
export function statementLeafHash(statement: Statement): Hash {
  return leafHash(statementBytes(statement));
}

/** What the customer's next statement names as `previous`. */
export function statementHash(statement: Statement): string {
  return Buffer.from(sha256(statementBytes(statement))).toString('hex');
}

/**
 * Whether `next` is the customer's statement after `previous`, with nothing exchanged between them.
 */
export function chains(previous: Statement, next: Statement): boolean {
  return next.previous === statementHash(previous);
}

/** The bytes that the signature is over. */
export function runSealBytes(run: RunSeal): Uint8Array {
  return canonicalBytes({ ...run });
}

/**
 * Order of a run's statements: bytes of (customer, currency, from). Ids are ASCII, so code units
 * are bytes.
 */
export function compareStatements(a: Statement, b: Statement): number {
  return order(a.customer, b.customer) || order(a.currency, b.currency) || order(a.from, b.from);
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
