import { createPublicKey, verify } from 'node:crypto';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { leafHash, rootOf } from '@farthing/domain/proof/merkle-tree';
import {
  runSealBytes,
  statementHash,
  statementLeafHash,
  type RunSeal,
  type Statement,
} from '@farthing/domain/proof/statement';
import type { Finding } from './finding.js';

const SENTENCE =
  "Merkle roots recompute from the leaves' bytes, every run's signature is by a published key, and each customer's statements chain.";

type Violations = Array<Record<string, unknown>>;

interface StatementRow {
  readonly tenant: string;
  readonly statement: string;
  readonly canonical: string;
}

/** Invariant 12. Reads one statement's leaves at a time, so memory does not grow with the books. */
export async function auditProofs(tx: Transaction): Promise<Finding> {
  const violations: Violations = [];
  const statements = await readStatements(tx);
  for (const row of statements) await checkTree(tx, row, violations);
  checkChains(statements, violations);
  await checkRuns(tx, violations);
  return { invariant: 12, sentence: SENTENCE, violations };
}

async function checkTree(
  tx: Transaction,
  row: StatementRow,
  violations: Violations,
): Promise<void> {
  const { tenant, statement: id } = row;
  const statement = JSON.parse(row.canonical) as Statement;
  const leaves = await readLeaves(tx, tenant, id);
  const hashes = leaves.map(({ leaf }) => leafHash(Buffer.from(leaf)));
  const changed = leaves.findIndex(({ hash }, i) => !hash.equals(hashes[i]!));
  if (changed >= 0) {
    violations.push({ fault: 'leaf does not give its hash', tenant, statement: id, leaf: changed });
  }
  if (hex(rootOf(hashes)) !== statement.root) {
    violations.push({ fault: 'leaves do not give the root', tenant, statement: id });
  }
}

/** Rows come in the order of each customer's periods. */
function checkChains(rows: readonly StatementRow[], violations: Violations): void {
  const last = new Map<string, string>();
  for (const { tenant, canonical } of rows) {
    const statement = JSON.parse(canonical) as Statement;
    const chain = `${tenant}\u0000${statement.customer}\u0000${statement.currency}`;
    if (statement.previous !== (last.get(chain) ?? '')) {
      violations.push({ fault: 'statement does not chain', tenant, statement: statement.id });
    }
    last.set(chain, statementHash(statement));
  }
}

async function checkRuns(tx: Transaction, violations: Violations): Promise<void> {
  const keys = new Map((await readKeys(tx)).map((key) => [key.key_id, key.public_key]));
  for (const { tenant, run, seal, signature, key_id } of await readSeals(tx)) {
    const document = JSON.parse(seal) as RunSeal;
    const publicKey = keys.get(key_id);
    if (!publicKey || !isSigned(document, signature, publicKey)) {
      violations.push({ fault: 'run is not signed by a published key', tenant, run });
    }
    const hashes = (await readRunStatements(tx, tenant, run)).map((canonical) =>
      statementLeafHash(JSON.parse(canonical) as Statement),
    );
    if (hex(rootOf(hashes)) !== document.root || hashes.length !== document.statements) {
      violations.push({ fault: "statements do not give the run's root", tenant, run });
    }
  }
}

function isSigned(seal: RunSeal, signature: string, publicKey: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return verify(null, runSealBytes(seal), key, Buffer.from(signature, 'base64url'));
}

function readStatements(tx: Transaction): Promise<StatementRow[]> {
  return tx.query(`
    select s.tenant, s.statement, s.canonical
      from invoicing.statements s
     order by s.tenant, s.customer, s.currency, s.booking_from_micros`);
}

function readLeaves(
  tx: Transaction,
  tenant: string,
  statement: string,
): Promise<Array<{ leaf: string; hash: Buffer }>> {
  return tx.query(
    `select leaf, hash
       from invoicing.statement_charges
      where tenant = $1::text and statement = $2::text
      order by leaf_index`,
    [tenant, statement],
  );
}

function readKeys(tx: Transaction): Promise<Array<{ key_id: string; public_key: string }>> {
  return tx.query('select key_id, public_key from invoicing.signing_keys');
}

interface SealRow {
  readonly tenant: string;
  readonly run: string;
  readonly seal: string;
  readonly signature: string;
  readonly key_id: string;
}

function readSeals(tx: Transaction): Promise<SealRow[]> {
  return tx.query(
    'select tenant, run, seal, signature, key_id from invoicing.cycle_runs where seal is not null',
  );
}

async function readRunStatements(tx: Transaction, tenant: string, run: string): Promise<string[]> {
  const rows = await tx.query<{ canonical: string }>(
    `select s.canonical
       from invoicing.run_statements r
       join invoicing.statements s on s.tenant = r.tenant and s.statement = r.statement
      where r.tenant = $1::text and r.run = $2::text
      order by r.statement_index`,
    [tenant, run],
  );
  return rows.map(({ canonical }) => canonical);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
