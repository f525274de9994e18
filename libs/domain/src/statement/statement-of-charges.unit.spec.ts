import { expect, test } from 'vitest';
import { canonicalJson } from '../proof/canonical-json.js';
import { sha256 } from '../proof/merkle-tree.js';
import { statementId } from '../proof/statement.js';
import { statementOfCharges } from './statement-of-charges.js';

test('a statement is named by what it is of, and says what its charges come to', () => {
  const statement = statementOfCharges({
    tenant: 'acme',
    customer: 'ann',
    currency: 'USD',
    from: Date.UTC(2026, 7) * 1_000,
    to: Date.UTC(2026, 8) * 1_000,
    charges: 3,
    sumNanos: -1_500_000_000n,
    root: sha256(),
    previous: '',
  });
  const [from, to] = ['2026-08-01T00:00:00.000000Z', '2026-09-01T00:00:00.000000Z'];
  expect(statement.id).toBe(
    statementId({ tenant: 'acme', customer: 'ann', currency: 'USD', from, to }),
  );
  expect(canonicalJson({ ...statement, id: '' })).toBe(
    `{"charges":3,"currency":"USD","customer":"ann","from":"${from}","id":"","previous":"",` +
      '"root":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","sum":"-1.500000000",' +
      `"tenant":"acme","to":"${to}","v":1}`,
  );
});
