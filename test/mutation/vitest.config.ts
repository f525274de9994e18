import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const fewRuns = fileURLToPath(new URL('few-runs.ts', import.meta.url));

/** The specs that mutants of the money code face, with few runs a property. */
export default defineConfig({
  plugins: [
    {
      name: 'few-runs',
      enforce: 'pre',
      resolveId: (source, importer) =>
        source === 'fast-check' && importer !== fewRuns ? fewRuns : undefined,
    },
  ],
  test: {
    include: ['libs/domain/src/{money,period,metering,pricing,rating}/*.unit.spec.ts'],
  },
});
