import { buildLevels, inclusionPath, leafHash } from './merkle-tree.js';
import { expect, test } from 'vitest';
import { hashesFromBytes, siblingOffsets, treeToBytes } from './tree-bytes.js';

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 64, 100])(
  'a proof read from the bytes of a tree of %i is the one that the tree gives',
  (size) => {
    const leaves = Array.from({ length: size }, (_, at) => leafHash(Buffer.from(String(at))));
    const levels = buildLevels(leaves);
    const bytes = treeToBytes(levels);
    for (let index = 0; index < size; index += 1) {
      const path = siblingOffsets(size, index).map((at) => bytes.subarray(at, at + 32));
      expect(path).toEqual(inclusionPath(levels, index));
    }
    expect(hashesFromBytes(bytes).slice(0, size)).toEqual(leaves);
  },
);

test('a leaf that is not there is a bug', () => {
  expect(() => siblingOffsets(3, 3)).toThrow('no leaf 3');
  expect(() => siblingOffsets(0, 0)).toThrow('no leaf 0');
});
