import { leafHash, rootOf, verifyInclusion } from '@farthing/domain/proof/merkle-tree';
import { describe, expect, it } from 'vitest';

const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];

/** Root of the first n leaves, from 0. */
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const LEFT_OF_TWO = ROOTS[2]!;
const FIRST_LEAF = ROOTS[1]!;
const SECOND_PAIR = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';

/** Index, size, path from the leaf up. */
const PATHS: ReadonlyArray<readonly [number, number, readonly string[]]> = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      SECOND_PAIR,
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      ROOTS[4]!,
    ],
  ],
  [2, 3, [LEFT_OF_TWO]],
  [
    1,
    5,
    [FIRST_LEAF, SECOND_PAIR, 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b'],
  ],
];

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const leaves = LEAVES.map((leaf) => leafHash(bytes(leaf)));

describe('the tree of RFC 6962, 2.1, by the vectors of its reference implementation', () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))('of %i leaves', (size, root) => {
    expect(Buffer.from(rootOf(leaves.slice(0, size))).toString('hex')).toBe(root);
  });

  it.each(PATHS)('proves leaf %i of %i', (index, size, path) => {
    const proof = { path: path.map(bytes), root: bytes(ROOTS[size]!) };
    expect(verifyInclusion(leaves[index]!, { index, size }, proof)).toBe(true);
    expect(verifyInclusion(leaves[index]!, { index: index + 1, size: size + 1 }, proof)).toBe(
      false,
    );
    expect(verifyInclusion(leafHash(bytes('ff')), { index, size }, proof)).toBe(false);
    if (path.length === 0) return;
    const shorter = { ...proof, path: proof.path.slice(1) };
    expect(verifyInclusion(leaves[index]!, { index, size }, shorter)).toBe(false);
    const swapped = { ...proof, path: [bytes('00'.repeat(32)), ...proof.path.slice(1)] };
    expect(verifyInclusion(leaves[index]!, { index, size }, swapped)).toBe(false);
  });
});
