import { createHash } from 'node:crypto';

/** 32 bytes of SHA-256. */
export type Hash = Uint8Array;

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

export function sha256(...parts: readonly Uint8Array[]): Hash {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** SHA-256(0x00 ‖ bytes): RFC 6962, section 2.1. */
export function leafHash(bytes: Uint8Array): Hash {
  return sha256(LEAF_PREFIX, bytes);
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256(NODE_PREFIX, left, right);
}

/**
 * Every level of the tree, leaves first, root last. A node without a sibling moves up unchanged,
 * which gives the same tree as RFC 6962's split at the largest power of two. Without leaves there
 * is no level.
 */
export function buildLevels(leafHashes: readonly Hash[]): Hash[][] {
  const levels: Hash[][] = [];
  let level = [...leafHashes];
  while (level.length > 0) {
    levels.push(level);
    if (level.length === 1) break;
    level = parentsOf(level);
  }
  return levels;
}

/** The root; of no leaves, SHA-256 of nothing. */
export function rootOf(leafHashes: readonly Hash[]): Hash {
  let level = leafHashes;
  while (level.length > 1) level = parentsOf(level);
  return level[0] ?? sha256();
}

/** The siblings from a leaf to the root, the lowest first: at most ⌈log₂ n⌉ of them. */
export function inclusionPath(levels: readonly (readonly Hash[])[], index: number): Hash[] {
  const size = levels[0]?.length ?? 0;
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  }
  const path: Hash[] = [];
  let at = index;
  for (const level of levels.slice(0, -1)) {
    const sibling = level[at % 2 === 0 ? at + 1 : at - 1];
    if (sibling) path.push(sibling);
    at = Math.floor(at / 2);
  }
  return path;
}

/**
 * The root that a leaf and its path lead to, or undefined when the path has the wrong length: RFC
 * 9162, 2.1.3.2.
 */
export function rootFromPath(
  leaf: Hash,
  { index, size }: { readonly index: number; readonly size: number },
  path: readonly Hash[],
): Hash | undefined {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  let hash = leaf;
  let at = index;
  let last = size - 1;
  let used = 0;
  while (last > 0) {
    if (at % 2 === 1 || at < last) {
      const sibling = path[used];
      if (!sibling) return undefined;
      used += 1;
      hash = at % 2 === 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return used === path.length ? hash : undefined;
}

/** Whether the leaf is the one at `index` of the tree of `size` leaves with this root. */
export function verifyInclusion(
  leaf: Hash,
  place: { readonly index: number; readonly size: number },
  proof: { readonly path: readonly Hash[]; readonly root: Hash },
): boolean {
  const root = rootFromPath(leaf, place, proof.path);
  return root !== undefined && Buffer.from(root).equals(proof.root);
}

function parentsOf(level: readonly Hash[]): Hash[] {
  const parents: Hash[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at];
    const right = level[at + 1];
    if (left) parents.push(right ? nodeHash(left, right) : left);
  }
  return parents;
}
