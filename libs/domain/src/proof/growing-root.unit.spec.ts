import { expect, test } from 'vitest';
import { GrowingRoot } from './growing-root.js';
import { leafHash, rootOf, sha256, type Hash } from './merkle-tree.js';

test('after each leaf the root is that of all leaves so far', () => {
  const leaves: Hash[] = [];
  const growing = new GrowingRoot();
  expect(growing.root()).toEqual(sha256());
  for (let at = 0; at < 130; at++) {
    const leaf = leafHash(Buffer.from(String(at)));
    leaves.push(leaf);
    growing.add(leaf);
    expect(growing.root()).toEqual(rootOf(leaves));
  }
});
