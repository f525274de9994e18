import { expect, test } from 'vitest';
import {
  buildLevels,
  inclusionPath,
  leafHash,
  rootFromPath,
  rootOf,
  sha256,
  verifyInclusion,
  type Hash,
} from './merkle-tree.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// Test data of Certificate Transparency's reference implementation
// (google/certificate-transparency, Apache-2.0, cpp/merkletree/merkle_tree_test.cc): eight leaves,
// and the roots of the trees of the first 1 … 8 of them.
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => leafHash(Buffer.from(text, 'hex')));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaves = (size: number): Hash[] =>
  Array.from({ length: size }, (_, at) => leafHash(Uint8Array.of(at)));

test.each(ROOTS.map((root, at) => [at + 1, root] as const))(
  'the root of %s leaves is %s',
  (size, root) => {
    expect(hex(rootOf(LEAVES.slice(0, size)))).toBe(root);
  },
);

test('the empty tree is the hash of nothing', () => {
  expect(hex(rootOf([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(buildLevels([])).toEqual([]);
});

// The audit paths of the same reference: leaf and size counted from 1 there, from 0 here.
test.each([
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
])('the path of leaf %s in a tree of %s', (index, size, path) => {
  const levels = buildLevels(LEAVES.slice(0, size));
  expect(inclusionPath(levels, index).map(hex)).toEqual(path);
});

test('every leaf of every tree of 1 to 64 is proven, and only in its own place', () => {
  for (let size = 1; size <= 64; size++) {
    const hashes = leaves(size);
    const levels = buildLevels(hashes);
    const root = rootOf(hashes);
    expect(levels.at(-1)).toEqual([root]);
    for (const [index, leaf] of hashes.entries()) {
      const path = inclusionPath(levels, index);
      expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      expect(verifyInclusion(leaf, { index, size }, { path, root })).toBe(true);
      const elsewhere = (index + 1) % size;
      expect(verifyInclusion(leaf, { index: elsewhere, size }, { path, root })).toBe(size === 1);
      expect(verifyInclusion(sha256(leaf), { index, size }, { path, root })).toBe(false);
      expect(rootFromPath(leaf, { index, size }, [...path, root])).toBeUndefined();
      expect(rootFromPath(leaf, { index, size }, path.slice(1)) === undefined).toBe(size > 1);
    }
  }
});

test('a place outside the tree is not proven, and asking for its path is a bug', () => {
  const levels = buildLevels(leaves(3));
  expect(rootFromPath(sha256(), { index: 3, size: 3 }, [])).toBeUndefined();
  expect(rootFromPath(sha256(), { index: -1, size: 3 }, [])).toBeUndefined();
  expect(rootFromPath(sha256(), { index: 0.5, size: 3 }, [])).toBeUndefined();
  for (const index of [3, -1, 0.5]) expect(() => inclusionPath(levels, index)).toThrow('no leaf');
});

test('swapping, leaving out or doubling a leaf changes the root', () => {
  const hashes = leaves(7);
  const [first, second, ...rest] = hashes;
  const root = hex(rootOf(hashes));
  expect(hex(rootOf([second, first, ...rest] as Hash[]))).not.toBe(root);
  expect(hex(rootOf(hashes.slice(1)))).not.toBe(root);
  expect(hex(rootOf([...hashes, ...hashes.slice(-1)]))).not.toBe(root);
});
