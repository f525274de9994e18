import type { Tenant } from '@farthing/contracts/catalog/catalog-things';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { InvoiceSettings } from '@farthing/domain/invoice/draft-invoice';
import type { TaxSettings } from '@farthing/domain/invoice/tax';

/** What an invoice says of a price besides its key and version. */
export interface PriceFacts {
  readonly description: string;
  readonly taxCategory: string;
}

/** How a tenant bills, at one catalog version. */
export interface BillingSettings {
  readonly invoice: InvoiceSettings;
  /** Undefined for a price version that the catalog does not have. */
  readonly priceOf: (key: string, version: number) => PriceFacts | undefined;
}

/** Undefined while the catalog has no such tenant. */
export function billingSettings(
  view: CatalogView,
  tenant: string,
  catalogVersion: number,
): BillingSettings | undefined {
  const found = view.tenantAt(tenant, catalogVersion);
  if (!found) return undefined;
  return {
    invoice: {
      roundingMode: found.roundingMode,
      minimumNanos: found.minimumInvoiceNanos,
      taxes: taxSettings(found),
    },
    priceOf: (key, version) => view.price(tenant, key, version),
  };
}

/** A tenant without any rate charges no tax; one with rates has to name every category that it uses. */
function taxSettings({ taxRates, taxInclusive }: Tenant): TaxSettings {
  if (taxRates.length === 0) return { kind: 'none' };
  const rates = taxRates.map(
    ({ category, partsPerMillion }) =>
      [category, { kind: 'standard', ratePpm: partsPerMillion } as const] as const,
  );
  return { kind: 'rates', pricesIncludeTax: taxInclusive, rates: Object.fromEntries(rates) };
}
