import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { ChargeKind as ChargeKindName } from '@farthing/domain/proof/charge-leaf';

/** The name of a kind of charge in rows and documents; throws for one that this version does not know. */
export function chargeKindName(kind: ChargeKind): ChargeKindName {
  switch (kind) {
    case ChargeKind.USAGE:
      return 'usage';
    case ChargeKind.ADJUSTMENT:
      return 'adjustment';
    case ChargeKind.MINIMUM:
      return 'minimum';
    default:
      throw new Error(`the kind of charge ${kind} is not known`);
  }
}
