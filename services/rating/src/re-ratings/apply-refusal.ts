import type { ReRating } from './re-rating.js';

export type ApplyRefusal =
  | 're_rating_not_finished'
  | 're_rating_failed'
  | 're_rating_already_applied'
  | 'candidates_not_imported'
  | 'nothing_to_apply';

/** Why a re-rating is not applied. One whose applying failed may go on where it stopped. */
export function applyRefusal(
  reRating: Pick<ReRating, 'state' | 'applyRequested' | 'candidates' | 'changed'>,
): ApplyRefusal | undefined {
  const { state, applyRequested, candidates, changed } = reRating;
  if (state === 'applying' || state === 'applied') return 're_rating_already_applied';
  if (state === 'queued' || state === 'running') return 're_rating_not_finished';
  if (state === 'failed' && !applyRequested) return 're_rating_failed';
  // Their versions have numbers that catalog may give to others.
  if (candidates.length > 0) return 'candidates_not_imported';
  if (changed === 0) return 'nothing_to_apply';
  return undefined;
}
