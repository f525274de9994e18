import { parseArgs } from 'node:util';

export interface DemoArguments {
  /** An access log to play instead of the generated day. */
  readonly accessLog?: string;
  /** A price book to charge by, of one plan. */
  readonly tariff?: string;
  readonly seed: number;
  readonly json: boolean;
}

export type DemoArgumentsOutcome =
  | { readonly outcome: 'parsed'; readonly arguments: DemoArguments }
  | { readonly outcome: 'help' }
  | { readonly outcome: 'refused'; readonly sentence: string };

export const DEMO_USAGE = `npm run demo [-- OPTIONS]
  --access-log FILE   play a Common or Combined Log Format file, gzip or plain
  --tariff FILE       charge the access log by a price book of one plan, such as deploy/local/tariffs/magazine.yaml
  --seed N            generate another day of a publisher's traffic (default 1)
  --json              print one JSON object on stdout; progress goes to stderr
  --help
`;

/** Reads what follows `npm run demo --`. */
export function demoArguments(words: readonly string[]): DemoArgumentsOutcome {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        'access-log': { type: 'string' },
        tariff: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { outcome: 'help' };
    const seed = values.seed ?? '1';
    if (!/^\d{1,9}$/.test(seed)) return refused(`--seed ${seed} is not a whole number`);
    const accessLog = values['access-log'];
    if (accessLog !== undefined && values.seed !== undefined) {
      return refused('--seed is for the generated day, --access-log for a real one');
    }
    if (values.tariff !== undefined && accessLog === undefined) {
      return refused('--tariff is for an access log: name one with --access-log');
    }
    return {
      outcome: 'parsed',
      arguments: {
        seed: Number(seed),
        json: values.json,
        ...(accessLog === undefined ? {} : { accessLog }),
        ...(values.tariff === undefined ? {} : { tariff: values.tariff }),
      },
    };
  } catch (error) {
    return refused((error as Error).message);
  }
}

function refused(sentence: string): DemoArgumentsOutcome {
  return { outcome: 'refused', sentence };
}
