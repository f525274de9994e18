import type { DataSource } from 'typeorm';
import { addToSum, emptySum, type ReRatingSum } from '@farthing/domain/rating/re-rating-sum';
import { sharesByCreator } from '../re-ratings/shares-by-creator.js';
import type { ComparedEvent } from './compare-events.js';
import { addSums, type NamedSum, type SumKind } from './found-sums.repository.js';

export interface FoundCounts {
  /** All that were compared: stored ones, and those that would be charged anew. */
  charges: number;
  changed: number;
  otherwise: number;
  notCharged: number;
  chargedAnew: number;
}

const IN_MEMORY = 20_000;

/** What a comparison comes to. Sums of more names than memory should hold go to the scratch database. */
export class FoundSums {
  readonly counts: FoundCounts = {
    charges: 0,
    changed: 0,
    otherwise: 0,
    notCharged: 0,
    chargedAnew: 0,
  };
  #sums = new Map<string, NamedSum>();

  constructor(
    private readonly scratch: DataSource,
    private readonly inMemory = IN_MEMORY,
  ) {}

  async add(compared: ComparedEvent): Promise<void> {
    const { counts } = this;
    counts.charges += 1;
    if (compared.what === 'left') this.#addOne('left', compared.why, compared);
    else this.#addRated(compared);
    if (compared.what === 'not_charged') this.#addOne('not_charged', compared.why, compared);
    if (this.#sums.size >= this.inMemory) await this.flush();
  }

  async flush(): Promise<void> {
    const sums = [...this.#sums.values()];
    this.#sums = new Map();
    if (sums.length > 0) await addSums(this.scratch, sums);
  }

  #addRated({ what, stored, fresh, event: { tenant } }: ComparedEvent): void {
    const { counts } = this;
    if (what === 'changed') counts.otherwise += 1;
    if (what === 'not_charged') counts.notCharged += 1;
    if (what === 'charged_anew') counts.chargedAnew += 1;
    if (what !== 'unchanged') counts.changed += 1;
    // Of another customer or in another currency it is one charge less and one more.
    const isOneSum =
      stored && fresh && stored.currency === fresh.currency && stored.customer === fresh.customer;
    const moves = isOneSum
      ? [[stored, fresh] as const]
      : [[stored, undefined] as const, [undefined, fresh] as const];
    for (const [before, after] of moves) {
      const use = before ?? after;
      if (!use) continue;
      const { currency, price, customer } = use;
      const amounts = [before?.amount ?? 0n, after?.amount ?? 0n] as const;
      addToSum(this.#of('price', { tenant, currency, name: price }), ...amounts);
      addToSum(this.#of('customer', { tenant, currency, name: customer }), ...amounts);
      const shares = sharesByCreator(before?.shares ?? [], after?.shares ?? []);
      for (const [creator, amount] of shares) {
        const sum = this.#of('creator', { tenant, currency, name: creator });
        addToSum(sum, amount.before, amount.after);
      }
    }
  }

  #addOne(kind: SumKind, name: string, { stored }: ComparedEvent): void {
    const { currency, amount } = stored!;
    // Of all tenants together: their number is no concern of who reads why.
    addToSum(this.#of(kind, { tenant: '', currency, name }), amount, amount);
  }

  #of(kind: SumKind, named: Omit<NamedSum, 'kind' | 'sum'>): ReRatingSum {
    const id = [kind, named.tenant, named.currency, named.name].join('\u0000');
    let found = this.#sums.get(id);
    if (!found) this.#sums.set(id, (found = { kind, ...named, sum: emptySum() }));
    return found.sum;
  }
}
