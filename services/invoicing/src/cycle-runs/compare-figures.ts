import { describeFigures } from '../charges/figures.js';
import type { PassedBarrier } from './barrier-echoes.repository.js';

/**
 * Where the books disagree about what passed since the tenant's last barrier, a sentence each; empty when they agree.
 * A paid message has no part for a charge of 0, so the count that wallets say is held against this service's count of
 * rated charges; the sums are compared three ways.
 */
export function figureDifferences(barriers: readonly PassedBarrier[]): string[] {
  const differences: string[] = [];
  for (const barrier of barriers) {
    const rated = barriers.find(
      ({ stream, partition }) => stream === 'rated' && partition === barrier.partition,
    );
    const ownCharges = barrier.stream === 'rated' ? barrier.ownCharges : rated?.ownCharges;
    if (ownCharges === undefined) continue;
    const said = describeFigures(barrier.saidCharges, barrier.saidSums);
    const own = describeFigures(ownCharges, barrier.ownSums);
    const place = `partition ${barrier.partition}, ${barrier.stream} charges`;
    if (said !== own) differences.push(`${place}: the barrier says ${said}; counted were ${own}`);
    else if (rated && rated.ownSums !== barrier.ownSums) {
      const charged = describeFigures(rated.ownCharges, rated.ownSums);
      differences.push(`${place}: paid were ${own}; charged were ${charged}`);
    }
  }
  return differences;
}
