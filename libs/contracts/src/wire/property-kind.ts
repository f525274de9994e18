import { PropertyKind } from '../generated/farthing/usage/v1/envelope_pb.js';

/** How an envelope says of what kind a property's value was; its text alone does not tell. */
export function propertyKindOf(value: unknown): PropertyKind {
  if (typeof value === 'string') return PropertyKind.STRING;
  return typeof value === 'number' ? PropertyKind.NUMBER : PropertyKind.BOOLEAN;
}
