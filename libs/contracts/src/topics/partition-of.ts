import { hash } from 'node:crypto';

/**
 * The partition of a customer in every money topic:
 * `uint32be(SHA-256(tenant ‖ 0x00 ‖ customer)[0..4]) mod partitions`.
 */
export function partitionOf(tenant: string, customer: string, partitions: number): number {
  const digest = hash('sha256', `${tenant}\u0000${customer}`, 'hex');
  return Number.parseInt(digest.slice(0, 8), 16) % partitions;
}
