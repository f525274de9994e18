import { formatMicros, type Micros } from '@farthing/domain/period/micros';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import { buildLevels, sha256, type Hash } from '@farthing/domain/proof/merkle-tree';
import type { RunSeal } from '@farthing/domain/proof/statement';
import { treeToBytes } from '@farthing/domain/proof/tree-bytes';

/** What the one signature of a run is over, and the tree by which each statement proves its place in it. */
export interface SealedRun {
  /** Canonical JSON of the `RunSeal`. */
  readonly seal: string;
  readonly tree: Buffer;
}

/** `leaves` are the run's statements in byte order of (customer, currency, from). */
export function sealRun(
  run: { readonly id: string; readonly tenant: string; readonly closesBefore: Micros },
  leaves: readonly { readonly leafHash: Hash }[],
): SealedRun {
  const levels = buildLevels(leaves.map(({ leafHash }) => leafHash));
  const root = levels.at(-1)?.[0] ?? sha256();
  const seal: RunSeal = {
    v: 1,
    run: run.id,
    tenant: run.tenant,
    closesBefore: formatMicros(run.closesBefore),
    statements: leaves.length,
    root: Buffer.from(root).toString('hex'),
  };
  return { seal: canonicalJson({ ...seal }), tree: treeToBytes(levels) };
}
