/** Changes the money code in a thousand small ways and asks the specs to notice: `npm run mutation`. */
export default {
  mutate: [
    'libs/domain/src/{money,period,metering,pricing}/**/*.ts',
    '!libs/domain/src/**/*.spec.ts',
  ],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  ignorePatterns: ['dist', 'docs'],
  tempDirName: '.farthing/mutants',
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: '.farthing/mutation.json' },
  concurrency: 2,
  // Beyond the time that the specs took: properties over a year in each zone are slow on a busy machine.
  timeoutMS: 20_000,
  thresholds: { high: 95, low: 85, break: 85 },
};
