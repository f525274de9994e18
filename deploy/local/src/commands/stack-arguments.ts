export type StackVerb = 'up' | 'status' | 'down' | 'reset';

export type StackArguments =
  | { readonly outcome: 'run'; readonly verb: StackVerb; readonly json: boolean }
  | { readonly outcome: 'help' }
  | {
      readonly outcome: 'refused';
      readonly reason: 'no_verb' | 'unknown_verb' | 'unknown_option';
      readonly word: string;
    };

const verbs: readonly string[] = ['up', 'status', 'down', 'reset'] satisfies StackVerb[];

export const stackUsage = `npm run stack <verb>

  up       start Kafka, PostgreSQL, the services and the front door; what is up is used as it is
  status   what runs, and where (-- --json for programs); exits 1 when something is down
  down     stop all of it; the data stays
  reset    stop all of it and delete data, logs and secrets in .farthing
`;

export function stackArguments(words: readonly string[]): StackArguments {
  const options = words.filter((word) => word.startsWith('-'));
  if (options.includes('--help') || options.includes('-h')) return { outcome: 'help' };
  const strange = options.find((option) => option !== '--json');
  if (strange !== undefined) return { outcome: 'refused', reason: 'unknown_option', word: strange };
  const [verb, extra] = words.filter((word) => !word.startsWith('-'));
  if (verb === undefined) return { outcome: 'refused', reason: 'no_verb', word: '' };
  if (!isVerb(verb)) return { outcome: 'refused', reason: 'unknown_verb', word: verb };
  if (extra !== undefined) return { outcome: 'refused', reason: 'unknown_verb', word: extra };
  return { outcome: 'run', verb, json: options.includes('--json') };
}

function isVerb(word: string): word is StackVerb {
  return verbs.includes(word);
}
