import type { Hash } from './merkle-tree.js';

const HASH_BYTES = 32;

/** Every level of a tree, the leaves first, as one run of bytes: the size of each level follows from the first. */
export function treeToBytes(levels: readonly (readonly Hash[])[]): Buffer {
  return Buffer.concat(levels.flat());
}

/** `count` hashes that stand one behind the other. */
export function hashesFromBytes(bytes: Uint8Array): Hash[] {
  const hashes: Hash[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) {
    hashes.push(bytes.subarray(at, at + HASH_BYTES));
  }
  return hashes;
}

/**
 * Where the siblings of a leaf stand in such bytes, the lowest first: what has to be read for its inclusion proof
 * (RFC 9162, 2.1.3.1). A node without a sibling moves up unchanged and needs none.
 */
export function siblingOffsets(size: number, index: number): number[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  }
  const offsets: number[] = [];
  let levelStart = 0;
  let at = index;
  for (let width = size; width > 1; width = Math.ceil(width / 2)) {
    const sibling = at % 2 === 0 ? at + 1 : at - 1;
    if (sibling < width) offsets.push((levelStart + sibling) * HASH_BYTES);
    levelStart += width;
    at = Math.floor(at / 2);
  }
  return offsets;
}
