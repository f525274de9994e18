// The dependency rule of ARCHITECTURE.md: domain and adapters never meet except inside a service.
// `test/tidy` proves with planted violations that each rule bites.
const path = require('node:path');

const specs = '\\.spec\\.ts$';

/** A rule that says where a part may not reach; specs are free to use the testing library. */
const forbid = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: specs },
  to: { path: to },
});

/** The folders of the domain that each of its folders may import. */
const DOMAIN = {
  money: [],
  period: [],
  metering: ['period'],
  pricing: ['money', 'metering'],
  'price-book': ['pricing', 'metering', 'period', 'money'],
  rating: ['pricing', 'metering', 'period', 'money'],
  ledger: ['money'],
  wallet: ['rating', 'ledger', 'money', 'period'],
  invoice: ['money', 'period'],
  proof: [],
  statement: ['rating', 'proof', 'metering', 'money', 'period'],
  quote: ['rating', 'pricing', 'proof', 'metering', 'money', 'period'],
};

const domainRules = Object.entries(DOMAIN).map(([folder, allowed]) => ({
  name: `domain-${folder}-downwards`,
  severity: 'error',
  from: { path: `^libs/domain/src/${folder}/` },
  to: {
    path: '^libs/domain/src/',
    pathNot: `^libs/domain/src/(${[folder, ...allowed].join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...domainRules,
    forbid('domain-alone', '^libs/domain/', '^(libs/(?!domain/)|services/|deploy/|test/)'),
    {
      name: 'contracts-take-only-types-of-the-domain',
      severity: 'error',
      from: { path: '^libs/contracts/src/', pathNot: specs },
      to: { path: '^libs/domain/', dependencyTypesNot: ['type-only'] },
    },
    forbid(
      'contracts-know-three-folders',
      '^libs/contracts/src/',
      '^libs/domain/src/(?!(metering|pricing|period)/)',
    ),
    forbid(
      'contracts-alone',
      '^libs/contracts/',
      '^(libs/(adapters|testing|cli)/|services/|deploy/|test/)',
    ),
    forbid(
      'adapters-without-domain',
      '^libs/adapters/',
      '^(libs/(domain|testing|cli)/|services/|deploy/|test/)',
    ),
    forbid('libs-not-to-services', '^libs/', '^services/'),
    forbid('testing-only-in-specs', '^(libs/(?!testing/)|services/|deploy/)', '^libs/testing/'),
    {
      name: 'no-cross-service',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/([^/]+)/', pathNot: '^services/$1/' },
    },
    forbid('services-as-processes', '^(deploy|test)/', '^services/'),
    forbid(
      'deploy-knows-money-and-proof',
      '^deploy/local/src/',
      '^libs/domain/src/(?!(money|proof)/)|^libs/(testing|cli)/',
    ),
    forbid(
      'cli-knows-what-it-prices',
      '^libs/cli/src/',
      '^libs/domain/src/(?!(money|period|metering|pricing|price-book|rating|quote|proof)/)|^libs/testing/|^deploy/',
    ),
  ],
  options: {
    tsConfig: { fileName: path.join(__dirname, 'tsconfig.base.json') },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|planted)/|/generated/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@farthing/source', 'import', 'require', 'node', 'default'],
    },
  },
};
