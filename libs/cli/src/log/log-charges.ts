import type {
  Adjustment,
  ApplyReRating,
  Refund,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';

interface Charged {
  readonly customer: string;
  readonly currency: string;
  /** With its adjustments. */
  readonly amount: bigint;
}

/** What a correction charges. */
export interface Corrected {
  readonly currency: string;
  readonly amounts: readonly bigint[];
}

const NOTHING: Corrected = { currency: '', amounts: [] };

/** One tenant's charges of use, as far as corrections look at them. */
export class LogCharges {
  readonly #charged = new Map<string, Charged>();
  readonly #commands = new Set<string>();

  add(id: string, charged: Charged): void {
    this.#charged.set(id, charged);
  }

  /** Once, and only what comes to more than zero: rating refuses any other. */
  refund({ commandId, chargeId: id, customer }: Refund): Corrected {
    if (!this.#claim(commandId)) return NOTHING;
    const charge = this.#charged.get(id);
    if (charge?.customer !== customer || charge.amount <= 0n) return NOTHING;
    // What is no longer charged is not corrected any more.
    this.#charged.delete(id);
    return { currency: charge.currency, amounts: [-charge.amount] };
  }

  /** Each record once; a charge that does not come to what the diff saw is left as it is. */
  reRate({ commandId, customer, adjustments }: ApplyReRating): Corrected[] {
    if (!this.#claim(commandId)) return [];
    const parts = new Map<string, Adjustment[]>();
    for (const adjustment of adjustments) {
      parts.set(adjustment.chargeId, [...(parts.get(adjustment.chargeId) ?? []), adjustment]);
    }
    return [...parts].map(([id, ofCharge]) => {
      const charge = this.#charged.get(id);
      const seen = ofCharge[0]!.beforeNanos;
      if (charge?.customer !== customer || charge.amount !== seen) return NOTHING;
      const amounts = ofCharge.map(({ amountNanos }) => amountNanos);
      const amount = amounts.reduce((sum, adjusted) => sum + adjusted, charge.amount);
      this.#charged.set(id, { ...charge, amount });
      return { currency: charge.currency, amounts };
    });
  }

  #claim(commandId: string): boolean {
    if (this.#commands.has(commandId)) return false;
    this.#commands.add(commandId);
    return true;
  }
}
