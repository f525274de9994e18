import { createHash } from 'node:crypto';

/**
 * The partition of a customer in every money topic:
 * `uint32be(SHA-256(tenant ‖ 0x00 ‖ customer)[0..4]) mod partitions`.
 */
export function partitionOf(tenant: string, customer: string, partitions: number): number {
  const digest = createHash('sha256').update(`${tenant}\u0000${customer}`, 'utf8').digest();
  return digest.readUInt32BE(0) % partitions;
}
