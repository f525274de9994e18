import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const planted = join(root, 'test/tidy/planted');

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** Runs the project's own rules in a folder that is laid out like the project. */
function violationsIn(folder: string): Violation[] {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.dependency-cruiser.cjs');
  const words = [cruiser, '--config', config, '--output-type', 'json', 'libs', 'services'];
  const { stdout } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

describe('the dependency rule', () => {
  it('bites at every planted violation, and at nothing else', () => {
    const found = violationsIn(planted).map(({ from, rule }) => `${from}: ${rule.name}`);
    expect(new Set(found)).toEqual(
      new Set([
        'libs/domain/src/money/reaches-up.ts: domain-money-downwards',
        'libs/domain/src/money/meets-an-adapter.ts: domain-alone',
        'libs/adapters/src/config/knows-money.ts: adapters-without-domain',
        'libs/contracts/src/wire/runs-rules.ts: contracts-take-only-types-of-the-domain',
        'libs/cli/src/reads-a-service.ts: libs-not-to-services',
        'services/rating/src/uses-testing.ts: testing-only-in-specs',
        'services/rating/src/crosses.ts: no-cross-service',
        // A cycle is reported at one of its members.
        'libs/domain/src/proof/comes-back.ts: no-circular',
      ]),
    );
  });
});
