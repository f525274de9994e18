import { expect, it } from 'vitest';
import { applyRefusal } from './apply-refusal.js';

const finished = {
  state: 'finished',
  applyRequested: false,
  candidates: [],
  changed: 1,
} as const;

it.each([
  ['a finished diff', {}, undefined],
  ['one whose applying stopped', { state: 'failed', applyRequested: true }, undefined],
  ['one that waits', { state: 'queued' }, 're_rating_not_finished'],
  ['one that runs', { state: 'running' }, 're_rating_not_finished'],
  ['one that failed', { state: 'failed' }, 're_rating_failed'],
  ['one that is being applied', { state: 'applying' }, 're_rating_already_applied'],
  ['one that is applied', { state: 'applied' }, 're_rating_already_applied'],
  ['one by a price book', { candidates: [{}] }, 'candidates_not_imported'],
  ['one that found nothing', { changed: 0 }, 'nothing_to_apply'],
] as const)('%s: %o is answered by %s', (_name, changes, refusal) => {
  expect(applyRefusal({ ...finished, ...changes })).toBe(refusal);
});
