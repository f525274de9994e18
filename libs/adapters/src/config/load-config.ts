import { z } from 'zod';

export type ParsedConfig<Config> =
  | { readonly outcome: 'ok'; readonly config: Config }
  | { readonly outcome: 'refused'; readonly message: string };

/**
 * Reads the environment once, at the start of `main.ts`. All faults are reported together on stderr and the
 * process exits with 2; with `--check-config` among the arguments a sound environment prints `ok` and exits with 0.
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
  argv: readonly string[] = process.argv,
): z.output<Schema> {
  const parsed = parseConfig(schema, env);
  if (parsed.outcome === 'refused') {
    process.stderr.write(parsed.message);
    process.exit(2);
  }
  if (argv.includes('--check-config')) {
    process.stdout.write('ok\n');
    process.exit(0);
  }
  return parsed.config;
}

/** The pure half of `loadConfig`. An empty variable counts as absent, as a shell cannot unset one for a child. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): ParsedConfig<z.output<Schema>> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return { outcome: 'ok', config: result.data };
  const faults = result.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(environment)'}: ${issue.message}\n`,
  );
  return {
    outcome: 'refused',
    message: `The configuration has ${faults.length} fault(s):\n${faults.join('')}`,
  };
}
