import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { chargeLeafHash, type ChargeLeaf } from './charge-leaf.js';
import { buildLevels, inclusionPath, rootOf } from './merkle-tree.js';
import {
  chains,
  compareStatements,
  runSealBytes,
  statementHash,
  statementId,
  statementLeafHash,
  type RunSeal,
  type Statement,
  type StatementHeader,
  type StatementLine,
} from './statement.js';
import { verifyStatement } from './verify-statement.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const FROM = '2026-01-01T00:00:00.000000Z';
const TO = '2026-02-01T00:00:00.000000Z';

/**
 * The secret key of RFC 8032, 7.1, test 1, in PKCS #8: a fixed key keeps the specs free of chance.
 */
function privateKey(): KeyObject {
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

const leaf = (at: number): ChargeLeaf => ({
  v: 1,
  id: `chg_1-0-${at}-0-0`,
  tenant: 'acme',
  customer: 'zoe',
  currency: 'USD',
  kind: 'usage',
  source: 'web',
  event: String(at),
  type: 'article.read',
  occurredAt: FROM,
  meter: 'articles',
  price: 'articles',
  priceVersion: 1,
  usageFrom: FROM,
  usageTo: TO,
  bookingFrom: FROM,
  bookingTo: TO,
  quantityBefore: `${at}.000000000`,
  quantityAfter: `${at + 1}.000000000`,
  amount: at === 3 ? '-0.001000000' : '0.002000000',
  shares: [{ creator: 'ann', amount: '0.001400000' }],
});

interface File {
  header: StatementHeader;
  lines: StatementLine[];
}

function seal(statement: Statement, others: readonly Statement[]): StatementHeader {
  const all = [statement, ...others].toSorted(compareStatements);
  const hashes = all.map(statementLeafHash);
  const index = all.indexOf(statement);
  const run: RunSeal = {
    v: 1,
    run: 'run_1',
    tenant: 'acme',
    closesBefore: TO,
    statements: all.length,
    root: hex(rootOf(hashes)),
  };
  const { x } = createPublicKey(privateKey()).export({ format: 'jwk' });
  return {
    statement,
    index,
    path: inclusionPath(buildLevels(hashes), index).map(hex),
    run,
    signature: sign(null, runSealBytes(run), privateKey()).toString('base64url'),
    keyId: 'k1',
    publicKey: x ?? '',
  };
}

function statementOf(lines: readonly StatementLine[], parts: Partial<Statement> = {}): Statement {
  return {
    v: 1,
    id: 'stm_1',
    tenant: 'acme',
    customer: 'zoe',
    currency: 'USD',
    from: FROM,
    to: TO,
    charges: lines.length,
    sum: '0.007000000',
    root: hex(rootOf(lines.map(({ hash }) => Buffer.from(hash, 'hex')))),
    previous: '',
    ...parts,
  };
}

let file: File;

beforeAll(() => {
  const lines = [0, 1, 2, 3, 4].map((at) => ({
    leaf: leaf(at),
    hash: hex(chargeLeafHash(leaf(at))),
  }));
  const others = ['ann', 'bob', 'zzz'].map((customer) => statementOf([], { customer }));
  file = { header: seal(statementOf(lines), others), lines };
});

/** The verdict over the file after a change, which is made on a copy as a reader would parse it. */
function reasonsAfter(
  change: (copy: File) => void,
  pinned?: Parameters<typeof verifyStatement>[1],
): string[] {
  const copy = structuredClone(file);
  change(copy);
  const parsed = JSON.parse(JSON.stringify([copy.header, ...copy.lines])) as unknown[];
  const verdict = verifyStatement(parsed, pinned);
  expect(verdict.outcome).toBe(verdict.problems.length === 0 ? 'verified' : 'failed');
  return verdict.problems.map((problem) =>
    'charge' in problem ? `${problem.reason} ${problem.charge}` : problem.reason,
  );
}

const resealed = (copy: File, statement: Statement): void => {
  copy.header = seal(statement, []);
};

test('an honest file verifies, and says whose key vouches for it', () => {
  const verdict = verifyStatement([file.header, ...file.lines]);
  expect(verdict.outcome).toBe('verified');
  expect(verdict.statement).toEqual(file.header.statement);
  expect(verdict.pinned).toBe(false);
  // SHA-256 of the public key of RFC 8032, 7.1, test 1.
  expect(verdict.keyFingerprint).toBe(
    '21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9',
  );
});

test('a statement of no charges and a run of one statement verify', () => {
  const empty = statementOf([], { sum: '0.000000000' });
  expect(verifyStatement([seal(empty, [])]).outcome).toBe('verified');
});

test.each<[string, (copy: File) => void, string[]]>([
  ['nothing', () => undefined, []],
  [
    'one digit of one charge: the charge is named',
    (copy) => Object.assign(copy.lines[1]?.leaf ?? {}, { quantityAfter: '9.000000000' }),
    ['charge_changed chg_1-0-1-0-0'],
  ],
  [
    'an amount: the charge is named and the sum differs',
    (copy) => Object.assign(copy.lines[1]?.leaf ?? {}, { amount: '0.003000000' }),
    ['charge_changed chg_1-0-1-0-0', 'sum_differs'],
  ],
  [
    'a share',
    (copy) => Object.assign(copy.lines[0]?.leaf.shares[0] ?? {}, { creator: 'eve' }),
    ['charge_changed chg_1-0-0-0-0'],
  ],
  [
    'a field added',
    (copy) => Object.assign(copy.lines[0]?.leaf ?? {}, { note: 'x' }),
    ['charge_changed chg_1-0-0-0-0'],
  ],
  [
    'a field that has no canonical bytes',
    (copy) => Object.assign(copy.lines[0]?.leaf ?? {}, { note: null }),
    ['charge_changed chg_1-0-0-0-0'],
  ],
  [
    'a charge and its hash',
    (copy) => {
      const forged = { ...leaf(1), amount: '0.001000000' };
      copy.lines[1] = { leaf: forged, hash: hex(chargeLeafHash(forged)) };
    },
    ['the_list_was_changed', 'sum_differs'],
  ],
  [
    'a charge left out',
    (copy) => copy.lines.pop(),
    ['the_list_was_changed', 'count_differs', 'sum_differs'],
  ],
  [
    'two charges exchanged',
    (copy) => Object.assign(copy, { lines: copy.lines.toReversed() }),
    ['the_list_was_changed'],
  ],
  [
    'the sum in the statement',
    (copy) => Object.assign(copy.header.statement, { sum: '0.008000000' }),
    ['sum_differs', 'not_in_the_run'],
  ],
  [
    'whose statement it is',
    (copy) => Object.assign(copy.header.statement, { customer: 'eve' }),
    [0, 1, 2, 3, 4].map((at) => `foreign_charge chg_1-0-${at}-0-0`).concat('not_in_the_run'),
  ],
  ['the place in the run', (copy) => Object.assign(copy.header, { index: 0 }), ['not_in_the_run']],
  ['the path', (copy) => Object.assign(copy.header, { path: [] }), ['not_in_the_run']],
  [
    'the tenant of the run',
    (copy) => Object.assign(copy.header.run, { tenant: 'other' }),
    ['not_in_the_run', 'signature_invalid'],
  ],
  [
    'the instant of the run',
    (copy) => Object.assign(copy.header.run, { closesBefore: FROM }),
    ['signature_invalid'],
  ],
  [
    'the signature',
    (copy) => Object.assign(copy.header, { signature: 'AAAA' }),
    ['signature_invalid'],
  ],
  ['the key', (copy) => Object.assign(copy.header, { publicKey: 'AAAA' }), ['signature_invalid']],
  [
    'the count, resealed by who holds the key',
    (copy) => resealed(copy, { ...copy.header.statement, charges: 6 }),
    ['count_differs'],
  ],
])('after changing %s', (_, change, reasons) => {
  expect(reasonsAfter(change)).toEqual(reasons);
});

const unchanged = (): void => undefined;

test('a pinned key must be the one that signed', () => {
  const { keyId, publicKey } = file.header;
  expect(
    reasonsAfter(unchanged, [
      { keyId: 'k0', publicKey: 'x' },
      { keyId, publicKey },
    ]),
  ).toEqual([]);
  for (const keys of [[], [{ keyId: 'k2', publicKey }], [{ keyId, publicKey: 'AAAA' }]]) {
    expect(reasonsAfter(unchanged, keys)).toEqual(['key_not_among_the_pinned']);
  }
});

test.each<[string, (lines: unknown[]) => unknown[], number]>([
  ['nothing', () => [], 1],
  ['null', () => [null], 1],
  ['a number', () => [1], 1],
  ['a list', () => [[]], 1],
  ['no header', (lines) => lines.slice(1), 1],
  ['two headers', (lines) => [lines[0], ...lines], 2],
  ['a charge without a hash', (lines) => [...lines, { leaf: leaf(5) }], 7],
  ['a hash in capitals', (lines) => [...lines, { leaf: leaf(5), hash: 'A'.repeat(64) }], 7],
  [
    'a float for an amount',
    (lines) => [...lines, { leaf: { ...leaf(5), amount: 0.1 }, hash: 'a'.repeat(64) }],
    7,
  ],
])('a file of %s is no statement file', (_, change, line) => {
  const { outcome, problems } = verifyStatement(change([file.header, ...file.lines]));
  expect(outcome).toBe('failed');
  expect(problems).toEqual([{ reason: 'not_a_statement_file', line }]);
});

test('months chain by the hash of the one before', () => {
  const january = file.header.statement;
  const february = { ...january, from: TO, previous: statementHash(january) };
  expect(chains(january, february)).toBe(true);
  expect(chains({ ...january, sum: '0.008000000' }, february)).toBe(false);
});

const of = (customer: string, currency: string, from: string): Statement =>
  statementOf([], { customer, currency, from });

test('statements of a run are ordered by customer, currency and from', () => {
  const ordered = [
    of('Z', 'USD', TO),
    of('a', 'EUR', TO),
    of('a', 'USD', FROM),
    of('a', 'USD', TO),
  ];
  expect(ordered.toReversed().toSorted(compareStatements)).toEqual(ordered);
  expect(
    compareStatements(ordered[0] ?? file.header.statement, ordered[0] ?? file.header.statement),
  ).toBe(0);
});

test('a statement id is of what the statement is of', () => {
  const identity = { tenant: 'acme', customer: 'zoe', currency: 'USD', from: FROM, to: TO };
  expect(statementId(identity)).toMatch(/^stm_[0-9a-f]{32}$/);
  expect(statementId({ ...identity })).toBe(statementId(identity));
  expect(statementId({ ...identity, tenant: 'acmez', customer: 'oe' })).not.toBe(
    statementId(identity),
  );
});
