import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { LINES_TYPE, STRUCTURED_TYPE, type Door, type EventResult } from '../stack/door.js';
import { sendInbound } from '../stack/inbound-topic.js';
import type { Tenant } from '../stack/tenant.js';
import { countsOf, untilEnded, usageEvent } from '../stack/usage-event.js';

/** A text that should be an event, with the name of its case. */
export interface EventText {
  readonly name: string;
  readonly text: string;
}

/** `accepted`, or the code of the refusal. */
export type Verdict = string;

const AT_ONCE = 8;

/** Each text alone in a request; a text that is no JSON refuses its request, which has no other event. */
export async function judgedAlone(
  door: Door,
  texts: readonly EventText[],
): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  const waiting = [...texts];
  const worker = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      const headers = { 'content-type': STRUCTURED_TYPE };
      const { status, body } = await door.request('POST', '/v1/events', {
        headers,
        body: one.text,
      });
      const { results, code } = body as { results?: EventResult[]; code?: string };
      if (status !== 202 && status !== 400) throw new Error(`${one.name} was answered ${status}`);
      verdicts.set(one.name, status === 400 ? code! : verdictOf(results![0]!));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return verdicts;
}

/** All texts as lines of a few requests, each between two sound events, which must not mind. */
export async function judgedAmongNeighbours(
  door: Door,
  texts: readonly EventText[],
): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  for (let at = 0; at < texts.length; at += 400) {
    const some = texts.slice(at, at + 400);
    const lines = some.flatMap(({ text }, n) => [neighbour(`line-${at + n}`), text]);
    const body = `${lines.join('\n')}\n`;
    const results = await door.sendEvents(body, LINES_TYPE);
    if (results.length !== lines.length) throw new Error(`${results.length} of ${lines.length}`);
    some.forEach(({ name }, n) => {
      verdicts.set(name, verdictOf(results[2 * n + 1]!));
      const beside = verdictOf(results[2 * n]!);
      if (beside !== 'accepted') throw new Error(`the neighbour of ${name} was given ${beside}`);
    });
  }
  return verdicts;
}

/** All texts through a tenant's own topic, each after a sound event: how many ended how, neighbours apart. */
export async function judgedInTopic(
  place: DemoStack,
  tenant: Tenant,
  texts: readonly EventText[],
): Promise<Readonly<Record<Verdict, number>>> {
  const headers = { 'content-type': STRUCTURED_TYPE };
  await sendInbound(
    place,
    tenant.id,
    texts.flatMap(({ text }, n) => [
      { key: 'reader', value: neighbour(`record-${n}`), headers },
      { key: 'reader', value: text, headers },
    ]),
  );
  await untilEnded(tenant.door, undefined, 2 * texts.length);
  const tally: Record<Verdict, number> = {};
  for (const { outcome, reason, count } of await countsOf(tenant.door)) {
    const verdict = outcome === 'applied' ? 'accepted' : (reason ?? outcome);
    tally[verdict] = (tally[verdict] ?? 0) + count;
  }
  tally.accepted = (tally.accepted ?? 0) - texts.length;
  return tally;
}

/** How many verdicts there are of each kind. */
export function tallyOf(verdicts: Iterable<Verdict>): Readonly<Record<Verdict, number>> {
  const tally: Record<Verdict, number> = {};
  for (const verdict of verdicts) tally[verdict] = (tally[verdict] ?? 0) + 1;
  return tally;
}

function neighbour(id: string): string {
  return JSON.stringify(usageEvent({ id, source: 'neighbour' }));
}

function verdictOf({ outcome, code }: EventResult): Verdict {
  return outcome === 'accepted' ? outcome : code!;
}
