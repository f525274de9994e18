import { defineConfig } from 'vitest/config';

// '@farthing/source' resolves workspace packages to their sources, so specs need no build.
// Specs are outside the build tsconfig, so the decorator mode is stated here.
// Do not add 'module' to the conditions: it sends prom-client's @opentelemetry/api to a build that does not load.
const shared = {
  oxc: {
    decorator: { legacy: true, emitDecoratorMetadata: true },
    typescript: { removeClassFieldsWithoutInitializer: true },
    assumptions: { setPublicClassFields: true },
  },
  ssr: { resolve: { conditions: ['@farthing/source', 'node', 'default'] } },
};

const sources = ['libs/*/src', 'services/*/src', 'deploy/local/src'];

/**
 * `unit` needs nothing; `int` shares one real PostgreSQL and one real Kafka, started by its global set-up;
 * `test` sees the services as processes: its set-up starts a stack of them on the same kind of servers.
 */
export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: sources.map((folder) => `${folder}/**`) },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: [
            ...sources.map((folder) => `${folder}/**/*.unit.spec.ts`),
            'test/tidy/**/*.spec.ts',
            'test/golden/**/*.spec.ts',
          ],
        },
      },
      {
        ...shared,
        test: {
          name: 'int',
          sequence: { groupOrder: 1 },
          include: sources.map((folder) => `${folder}/**/*.int.spec.ts`),
          globalSetup: ['libs/testing/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'test',
          sequence: { groupOrder: 2 },
          include: ['test/{conformance,e2e,faults}/**/*.spec.ts'],
          globalSetup: ['libs/testing/src/global-setup.ts', 'test/stack/global-setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
