import { expect, it } from 'vitest';
import { stackArguments } from './stack-arguments.js';

it.each([
  [['up'], { outcome: 'run', verb: 'up', json: false }],
  [['status', '--json'], { outcome: 'run', verb: 'status', json: true }],
  [['--json', 'status'], { outcome: 'run', verb: 'status', json: true }],
  [['down'], { outcome: 'run', verb: 'down', json: false }],
  [['reset'], { outcome: 'run', verb: 'reset', json: false }],
  [['--help'], { outcome: 'help' }],
  [['up', '-h'], { outcome: 'help' }],
  [[], { outcome: 'refused', reason: 'no_verb', word: '' }],
  [['start'], { outcome: 'refused', reason: 'unknown_verb', word: 'start' }],
  [['up', 'now'], { outcome: 'refused', reason: 'unknown_verb', word: 'now' }],
  [['up', '--force'], { outcome: 'refused', reason: 'unknown_option', word: '--force' }],
])('reads %j', (words, read) => {
  expect(stackArguments(words)).toEqual(read);
});
