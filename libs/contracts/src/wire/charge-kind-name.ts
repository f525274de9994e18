import { ChargeKind } from '../generated/farthing/rating/v1/rated_pb.js';

export type ChargeKindName = 'usage' | 'adjustment' | 'minimum';

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
