import { chargeKindName } from '@farthing/contracts/wire/charge-kind-name';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { canonicalJson } from '@farthing/domain/proof/canonical-json';
import { GrowingRoot } from '@farthing/domain/proof/growing-root';
import { leafHash, type Hash } from '@farthing/domain/proof/merkle-tree';
import { statementHash, type Statement } from '@farthing/domain/proof/statement';
import { chargeId } from '@farthing/domain/rating/charge-id';
import { leafOfCharge } from '@farthing/domain/statement/leaf-of-charge';
import {
  statementOfCharges,
  type StatementPeriod,
} from '@farthing/domain/statement/statement-of-charges';
import {
  leafDisagreement,
  ownDisagreement,
  runDisagreement,
  type Disagreement,
  type MadeLeaf,
} from './disagreement.js';
import { LookAhead } from './look-ahead.js';
import type { SealedLeaf, SealedStatement } from './sealed-statements.repository.js';

export interface ReplayedCharge {
  readonly generation: number;
  readonly partition: number;
  readonly charge: RatedCharge;
}

/** What is sealed, and what making it again needs. */
export interface SealedBooks {
  readonly statements: AsyncIterator<SealedStatement>;
  readonly leavesOf: (statement: SealedStatement) => AsyncIterator<SealedLeaf>;
  readonly saltOf: (customer: StatementPeriod) => Promise<Uint8Array | undefined>;
  /** Hex of the hash of the stored statement before it; '' for the first. */
  readonly hashBefore: (period: StatementPeriod) => Promise<string>;
  /** From its place up to the root of its run's tree. */
  readonly runPath: (statement: SealedStatement) => Promise<readonly Hash[]>;
}

interface MadeStatement {
  readonly statement: Statement;
  readonly disagreement: Disagreement | undefined;
}

/** Makes statements again from the charges of a replay, one after the other, each chained on the one before it. */
export class StatementRemaker {
  /** The statement that was made last, and its hash. */
  #last: { readonly of: StatementPeriod; readonly hash: string } | undefined;
  #salt: { readonly of: StatementPeriod; readonly salt: Uint8Array | undefined } | undefined;

  constructor(
    private readonly books: SealedBooks,
    private readonly charges: LookAhead<ReplayedCharge>,
  ) {}

  async compareWith(sealed: SealedStatement): Promise<Disagreement | undefined> {
    const made = await this.#make(sealed, await LookAhead.of(this.books.leavesOf(sealed)));
    if (!made) return { what: 'salt' };
    return (
      made.disagreement ??
      ownDisagreement(sealed, made.statement) ??
      runDisagreement(sealed, made.statement, await this.books.runPath(sealed))
    );
  }

  /** Of a statement that is not stored; the next is chained on it all the same. */
  async passOver(period: StatementPeriod): Promise<Disagreement> {
    await this.#make(period, undefined);
    return { what: 'missing' };
  }

  /** Undefined without the customer's salt. Takes the charges of the period in any case. */
  async #make(
    period: StatementPeriod,
    leaves: LookAhead<SealedLeaf> | undefined,
  ): Promise<MadeStatement | undefined> {
    const salt = await this.#saltOf(period);
    const previous = await this.#hashBefore(period);
    const root = new GrowingRoot();
    let disagreement: Disagreement | undefined;
    let charges = 0;
    let sumNanos = 0n;
    for (let next = this.#nextOf(period); next; next = this.#nextOf(period)) {
      if (salt) {
        const made = leafAt(charges, next, salt);
        root.add(made.hash);
        disagreement ??= leafDisagreement(leaves?.next, made);
        if (!disagreement) await leaves?.take();
      }
      charges += 1;
      sumNanos += next.charge.amountNanos;
      await this.charges.take();
    }
    this.#last = undefined;
    if (!salt) return undefined;
    const statement = statementOfCharges({
      ...period,
      charges,
      sumNanos,
      root: root.root(),
      previous,
    });
    // The log knows of no such statement: what comes next is chained on the stored one.
    if (charges > 0) this.#last = { of: period, hash: statementHash(statement) };
    const extra = leaves?.next;
    if (!disagreement && extra) {
      disagreement = { what: 'leaf', charge: chargeId(extra.origin), stored: extra.leaf };
    }
    return { statement, disagreement };
  }

  #nextOf({ tenant, customer, currency, from, to }: StatementPeriod): ReplayedCharge | undefined {
    const { next } = this.charges;
    if (!next) return undefined;
    const of = periodOf(next);
    const isSame =
      of.from === from &&
      of.to === to &&
      of.currency === currency &&
      of.customer === customer &&
      of.tenant === tenant;
    return isSame ? next : undefined;
  }

  async #saltOf(period: StatementPeriod): Promise<Uint8Array | undefined> {
    if (!this.#salt || !isSameCustomer(this.#salt.of, period)) {
      this.#salt = { of: period, salt: await this.books.saltOf(period) };
    }
    return this.#salt.salt;
  }

  #hashBefore(period: StatementPeriod): Promise<string> | string {
    const last = this.#last;
    const isNext = last && isSameCustomer(last.of, period) && last.of.currency === period.currency;
    return isNext ? last.hash : this.books.hashBefore(period);
  }
}

export function periodOf({ charge }: ReplayedCharge): StatementPeriod {
  const { tenant, customer, currency, bookingFrom: from, bookingTo: to } = charge;
  return { tenant, customer, currency, from, to };
}

function isSameCustomer(a: StatementPeriod, b: StatementPeriod): boolean {
  return a.customer === b.customer && a.tenant === b.tenant;
}

function leafAt(
  place: number,
  { generation, partition, charge }: ReplayedCharge,
  salt: Uint8Array,
): MadeLeaf {
  const { offset, index, n } = charge;
  const kind = chargeKindName(charge.kind);
  const leaf = canonicalJson({ ...leafOfCharge(charge, { generation, partition, kind, salt }) });
  const origin = { generation, partition, offset, index, n };
  return { origin, place, leaf, hash: leafHash(Buffer.from(leaf)) };
}
