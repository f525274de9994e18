import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import { selectEventCorrections, type Correction } from '../adjustments/corrections.repository.js';
import { chargeView } from '../charges/charge-view.js';
import { selectChargesAt } from '../charges/charges-list.repository.js';
import { isVoid } from './event-correction.js';

/** One thing that an event was voided or corrected by, as the API shows it. */
export interface EventCorrectionView {
  readonly status: 'void_requested' | 'correction_requested' | 'voided' | 'corrected' | 'refused';
  readonly reason: string;
  /** The code of one that was refused when it was applied. */
  readonly refusal?: string;
  /** The charges that it made. */
  readonly adjustments: readonly unknown[];
}

/** What stands of an event, and all that was asked for, in order; undefined of one that nobody touched. */
export interface EventCorrections {
  readonly standing?: 'voided' | 'corrected';
  readonly corrections: readonly EventCorrectionView[];
}

export async function readEventCorrections(
  tx: Transaction,
  view: CatalogView,
  { tenant, key }: { readonly tenant: string; readonly key: Buffer },
): Promise<EventCorrections | undefined> {
  const corrections = await selectEventCorrections(tx, tenant, key);
  if (corrections.length === 0) return undefined;
  const applied = corrections.filter(({ state }) => state === 'applied');
  const last = applied.at(-1);
  const shown: EventCorrectionView[] = [];
  for (const correction of corrections) {
    shown.push(correctionView(correction, await adjustmentsOf(tx, view, { tenant, correction })));
  }
  return {
    ...(last && { standing: statusOf(last) as 'voided' | 'corrected' }),
    corrections: shown,
  };
}

async function adjustmentsOf(
  tx: Transaction,
  view: CatalogView,
  { tenant, correction }: { readonly tenant: string; readonly correction: Correction },
): Promise<readonly unknown[]> {
  const { state, place } = correction;
  if (state !== 'applied' || !place) return [];
  const position = { generation: LOG_GENERATION, index: 0, ...place };
  const rows = await selectChargesAt(tx, tenant, position);
  return rows.map((row) => chargeView(row, view));
}

function correctionView(
  correction: Correction,
  adjustments: readonly unknown[],
): EventCorrectionView {
  const { reason, refusal } = correction;
  const status = statusOf(correction);
  return { status, reason, ...(refusal !== undefined && { refusal }), adjustments };
}

function statusOf({ commandId, state }: Correction): EventCorrectionView['status'] {
  if (state === 'refused') return 'refused';
  if (isVoid(commandId)) return state === 'applied' ? 'voided' : 'void_requested';
  return state === 'applied' ? 'corrected' : 'correction_requested';
}
