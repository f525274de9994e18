import { expect, test } from 'vitest';
import { differingTexts } from './differing-texts.js';

test.each([
  [
    'members that differ, by name',
    ['{"a":"1","b":[1],"c":true}', '{"a":"2","b":[2],"c":true}'],
    [
      { name: 'a', stored: '1', replayed: '2' },
      { name: 'b', stored: '[1]', replayed: '[2]' },
    ],
  ],
  [
    'a member of one side',
    ['{"a":"1"}', '{"a":"1","b":"2"}'],
    [{ name: 'b', stored: undefined, replayed: '2' }],
  ],
  ['texts that are no objects', ['5', '6'], [{ stored: '5', replayed: '6' }]],
  ['a text of one side', [undefined, '{"a":"1"}'], [{ stored: undefined, replayed: '{"a":"1"}' }]],
  ['what is broken', ['{"a":', '{"a":"1"}'], [{ stored: '{"a":', replayed: '{"a":"1"}' }]],
  [
    'other bytes of the same',
    ['{"a":"1" }', '{"a":"1"}'],
    [{ stored: '{"a":"1" }', replayed: '{"a":"1"}' }],
  ],
  ['nothing of either', [undefined, undefined], [{ stored: undefined, replayed: undefined }]],
] as const)('%s', (_, [stored, replayed], expected) => {
  expect(differingTexts({ stored, replayed })).toEqual(expected);
});
