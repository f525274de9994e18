import { readdir, readFile } from 'node:fs/promises';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Finding } from './finding.js';

/** `deploy/postgres/invariants`: one query a file, its first line the sentence. */
const FOLDER = new URL('../../../../deploy/postgres/invariants/', import.meta.url);

/** The invariants that one query each proves. */
export async function auditQueries(tx: Transaction): Promise<Finding[]> {
  await readAsSets(tx);
  const findings: Finding[] = [];
  for (const file of (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).toSorted()) {
    const sql = await readFile(new URL(file, FOLDER), 'utf8');
    const sentence = sql.slice(0, sql.indexOf('\n')).replace(/^-- /, '');
    const violations = await tx.query<Record<string, unknown>>(sql);
    findings.push({ invariant: Number.parseInt(file, 10), sentence, violations });
  }
  return findings;
}

/**
 * The first audit of a day may come before PostgreSQL has counted its tables. It then takes each for a handful of
 * rows and compares every ledger transaction with every charge, one by one: minutes instead of seconds.
 */
async function readAsSets(tx: Transaction): Promise<void> {
  await tx.query(`select set_config('enable_nestloop', 'off', true)`);
}
