/** `INV-000042`: a dense number of the tenant's one series, as documents show it. */
export function formatInvoiceNumber(number: bigint): string {
  return `INV-${number.toString().padStart(6, '0')}`;
}
