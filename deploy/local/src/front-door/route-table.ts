import type { ServiceName } from '../service-names.js';

/** The first segment below `/v1` decides, but for the two below. */
const byNoun: Readonly<Record<string, ServiceName>> = {
  tenants: 'catalog',
  'api-keys': 'catalog',
  customers: 'catalog',
  meters: 'catalog',
  prices: 'catalog',
  plans: 'catalog',
  'price-drafts': 'catalog',
  'price-list': 'catalog',
  events: 'ingestion',
  'event-fates': 'rating',
  'event-counts': 'rating',
  'rejected-events': 'rating',
  'dead-letters': 'rating',
  charges: 'rating',
  usage: 'rating',
  're-ratings': 'rating',
  quotes: 'wallets',
  authorizations: 'wallets',
  creators: 'wallets',
  'payout-runs': 'wallets',
  payouts: 'wallets',
  ledger: 'wallets',
  'cycle-runs': 'invoicing',
  invoices: 'invoicing',
  statements: 'invoicing',
  residuals: 'invoicing',
};

/**
 * What a customer or a charge has that another service than its owner answers for:
 * `/v1/<noun>/<id>/<part>`.
 */
const byPart: Readonly<Record<string, Readonly<Record<string, ServiceName>>>> = {
  customers: {
    wallet: 'wallets',
    grants: 'wallets',
    caps: 'wallets',
    'invoice-preview': 'invoicing',
  },
  charges: { receipt: 'invoicing' },
};

const keysPath = '/.well-known/farthing-keys.json';

/**
 * The service that answers for a request's target, path and query as sent (api.md, "Routes");
 * `undefined` when none does. Not decoded: an encoded slash in a customer's id does not end its
 * segment.
 */
export function serviceFor(target: string): ServiceName | undefined {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (path === keysPath) return 'invoicing';
  const [root, version, noun, , part] = path.split('/', 5);
  if (root !== '' || version !== 'v1' || noun === undefined) return undefined;
  return (part === undefined ? undefined : own(own(byPart, noun), part)) ?? own(byNoun, noun);
}

/** A path may say `constructor`: only what the table itself has counts. */
function own<Value>(
  table: Readonly<Record<string, Value>> | undefined,
  key: string,
): Value | undefined {
  return table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
