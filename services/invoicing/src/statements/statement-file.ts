import type { CanonicalValue } from '@farthing/domain/proof/canonical-json';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import type { RunSeal, Statement, StatementHeader } from '@farthing/domain/proof/statement';
import { readAs, type ApiParts } from '../api-parts.js';
import {
  readLeaves,
  readRunPath,
  readStatement,
  type SealedIn,
  type StatementRow,
  type StoredLeaf,
} from './read-statements.js';

/** A sealed statement with all that its file's first line needs. */
export interface StatementToWrite {
  readonly row: StatementRow & SealedIn;
  readonly header: StatementHeader;
}

const LEAVES_A_READ = 2_000;

export async function openStatement(
  parts: Pick<ApiParts, 'dataSource'>,
  tenant: string,
  statement: string,
): Promise<StatementToWrite | undefined> {
  return readAs(parts, tenant, async (tx) => {
    const row = await readStatement(tx, tenant, statement);
    if (!row) return undefined;
    const run = JSON.parse(row.seal) as RunSeal;
    const { index, signature, keyId, publicKey } = row;
    const path = await readRunPath(tx, tenant, { run: row.run, index, size: run.statements });
    const sealed = JSON.parse(row.canonical) as Statement;
    return {
      row,
      header: { statement: sealed, index, path, run, signature, keyId, publicKey },
    };
  });
}

/** The file that `farthing verify` reads: the header, then `{leaf, hash}` per charge, each line canonical JSON. */
export async function* statementFile(
  parts: Pick<ApiParts, 'dataSource'>,
  tenant: string,
  { row, header }: StatementToWrite,
): AsyncGenerator<string> {
  yield `${canonicalJson(header as unknown as CanonicalValue)}\n`;
  yield* leafLines(parts, tenant, {
    statement: row.statement,
    // A leaf is stored as its canonical text, which must not pass through a parser on its way out.
    lineOf: ({ leaf, hash }) => `{"hash":"${hash}","leaf":${leaf}}\n`,
  });
}

/** The charges alone: the canonical text of a leaf a line. */
export function statementCharges(
  parts: Pick<ApiParts, 'dataSource'>,
  tenant: string,
  statement: string,
): AsyncGenerator<string> {
  return leafLines(parts, tenant, { statement, lineOf: ({ leaf }) => `${leaf}\n` });
}

async function* leafLines(
  parts: Pick<ApiParts, 'dataSource'>,
  tenant: string,
  {
    statement,
    lineOf,
  }: {
    readonly statement: string;
    readonly lineOf: (leaf: StoredLeaf) => string;
  },
): AsyncGenerator<string> {
  for (let fromIndex = 0; ; fromIndex += LEAVES_A_READ) {
    const leaves = await readAs(parts, tenant, (tx) =>
      readLeaves(tx, tenant, { statement, fromIndex, limit: LEAVES_A_READ }),
    );
    if (leaves.length > 0) yield leaves.map(lineOf).join('');
    if (leaves.length < LEAVES_A_READ) return;
  }
}
