import type { Command } from 'commander';
import { apiClientOf, wantsJson } from '../api/command-client.js';
import { EXIT } from '../terminal/exit-codes.js';
import { note, printJson, printLine } from '../terminal/print.js';
import { follow, followApplying, moversBy } from './follow-re-rating.js';
import { reRatingSchema, type ReRating } from './re-rating-answers.js';
import { showReRating } from './show-re-rating.js';

/** Says what applying a re-rating would change or, told so, applies it and says what became of it. */
export async function applyReRating(
  id: string,
  { yes = false, limit }: { readonly yes?: boolean; readonly limit: number },
  command: Command,
): Promise<void> {
  const api = apiClientOf(command);
  const path = `/v1/re-ratings/${encodeURIComponent(id)}`;
  const found = await follow(api, id);
  const asked = found.state === 'applying' || found.state === 'applied';
  if (!yes && !asked) {
    const movers = await moversBy(api, id, limit);
    if (wantsJson(command)) printJson({ ...found, ...movers });
    else showReRating(found, movers);
    note(`nothing is changed yet: --apply ${id} --yes corrects ${found.changed} charges`);
    process.exitCode = found.changed > 0 ? EXIT.wouldChange : EXIT.ok;
    return;
  }
  // One that was asked for before is waited for: so an interrupted command is just given again.
  if (!asked) await api.json(`${path}/apply`, reRatingSchema, { method: 'POST' });
  const done = await followApplying(api, id);
  if (wantsJson(command)) printJson(done);
  else showApplication(done);
  process.exitCode = exitCodeOf(done);
}

function exitCodeOf({ state, application }: ReRating): number {
  if (state !== 'applied') return EXIT.failed;
  return application!.leftOut > 0 ? EXIT.partial : EXIT.ok;
}

function showApplication({ id, state, fault, application }: ReRating): void {
  if (state !== 'applied') {
    note(`re-rating ${id} stopped: ${fault ?? ''}; --apply ${id} --yes goes on`);
    return;
  }
  const { adjusted, leftOut, leftOutCharges } = application!;
  printLine(`${adjusted} charges corrected`);
  if (leftOut === 0) return;
  printLine(`${leftOut} left out, since they were corrected after the diff, such as`);
  for (const charge of leftOutCharges) printLine(`  ${charge}`);
}
