import type { WirePosition } from '@farthing/contracts/wire/position-message';

/** A rated message that is ready to be committed and then sent. */
export interface RatedRange {
  readonly from: WirePosition;
  readonly to: WirePosition;
  readonly charges: number;
  /** Of its charges: by these keys they are found again. */
  readonly tenants: readonly string[];
  readonly usageMonths: readonly number[];
  /** The message without its charges. */
  readonly frame: Buffer;
  readonly bytes: Buffer;
}
