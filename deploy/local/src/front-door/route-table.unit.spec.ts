import { describe, expect, it } from 'vitest';
import { serviceFor } from './route-table.js';

describe('serviceFor', () => {
  it.each([
    ['/v1/tenants/acme', 'catalog'],
    ['/v1/api-keys', 'catalog'],
    ['/v1/api-keys/k1', 'catalog'],
    ['/v1/customers', 'catalog'],
    ['/v1/customers?limit=5', 'catalog'],
    ['/v1/customers/c1', 'catalog'],
    ['/v1/meters/reads', 'catalog'],
    ['/v1/prices', 'catalog'],
    ['/v1/prices/article/versions/2', 'catalog'],
    ['/v1/plans/standard', 'catalog'],
    ['/v1/price-list', 'catalog'],
    ['/v1/events', 'ingestion'],
    ['/v1/events?dryRun=true', 'ingestion'],
    ['/v1/event-fates?source=https://a/b?c&id=1', 'rating'],
    ['/v1/event-counts', 'rating'],
    ['/v1/rejected-events', 'rating'],
    ['/v1/dead-letters/7/replay', 'rating'],
    ['/v1/charges', 'rating'],
    ['/v1/charges/chg_1-0-5-0-0', 'rating'],
    ['/v1/charges/chg_1-0-5-0-0/refund', 'rating'],
    ['/v1/usage', 'rating'],
    ['/v1/re-ratings/r1/apply', 'rating'],
    ['/v1/customers/c1/wallet', 'wallets'],
    ['/v1/customers/c1/wallet?currency=USD', 'wallets'],
    ['/v1/customers/c1/grants', 'wallets'],
    ['/v1/customers/c1/caps/daily', 'wallets'],
    ['/v1/quotes', 'wallets'],
    ['/v1/authorizations/a1/release', 'wallets'],
    ['/v1/creators/ann/balance', 'wallets'],
    ['/v1/payout-runs', 'wallets'],
    ['/v1/payouts', 'wallets'],
    ['/v1/ledger/entries', 'wallets'],
    ['/v1/cycle-runs/r1/approve', 'invoicing'],
    ['/v1/customers/c1/invoice-preview', 'invoicing'],
    ['/v1/invoices/i1.pdf', 'invoicing'],
    ['/v1/invoices/i1/credit-notes', 'invoicing'],
    ['/v1/statements/s1/proofs/chg_1-0-5-0-0', 'invoicing'],
    ['/v1/charges/chg_1-0-5-0-0/receipt', 'invoicing'],
    ['/.well-known/farthing-keys.json', 'invoicing'],
  ])('%s is of %s', (target, service) => {
    expect(serviceFor(target)).toBe(service);
  });

  it.each([
    '/',
    '',
    '/v1',
    '/v1/',
    '/v2/events',
    '/V1/events',
    'v1/events',
    '//v1/events',
    '/v1//events',
    '/v1/eventsx',
    '/v1/constructor',
    '/v1/__proto__',
    '/.well-known/other.json',
    '/?/v1/events',
  ])('%s is nobody’s', (target) => {
    expect(serviceFor(target)).toBeUndefined();
  });

  it('does not take an encoded slash in an id for a segment', () => {
    expect(serviceFor('/v1/customers/a%2Fwallet')).toBe('catalog');
    expect(serviceFor('/v1/customers/a%2Fb/wallet')).toBe('wallets');
  });

  it('does not take a property of every object for a part', () => {
    expect(serviceFor('/v1/customers/c1/constructor')).toBe('catalog');
  });
});
