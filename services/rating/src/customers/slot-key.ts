/** One text for a price key and a cell, which is '' for a price without cells. No price key has a space. */
export function slotKey(price: string, cell: string): string {
  return cell === '' ? price : `${price} ${cell}`;
}
