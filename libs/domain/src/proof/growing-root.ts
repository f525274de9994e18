import { nodeHash, sha256, type Hash } from './merkle-tree.js';

/** The root of a full subtree of 2 to the power of `height` leaves. */
interface Subtree {
  readonly hash: Hash;
  readonly height: number;
}

/** The root of a tree whose leaves come one by one: as `rootOf`, with at most log₂ n + 1 hashes in memory. */
export class GrowingRoot {
  /** The highest first: no two have the same height. */
  readonly #subtrees: Subtree[] = [];

  add(leaf: Hash): void {
    let grown: Subtree = { hash: leaf, height: 0 };
    let last = this.#subtrees.at(-1);
    while (last?.height === grown.height) {
      grown = { hash: nodeHash(last.hash, grown.hash), height: grown.height + 1 };
      this.#subtrees.pop();
      last = this.#subtrees.at(-1);
    }
    this.#subtrees.push(grown);
  }

  /** Of the leaves so far; more may be added. */
  root(): Hash {
    const last = this.#subtrees.at(-1)?.hash ?? sha256();
    return this.#subtrees.slice(0, -1).reduceRight((root, { hash }) => nodeHash(hash, root), last);
  }
}
