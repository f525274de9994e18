/** A change that nobody may make to the books, which the audit must find, and how to take it back. */
export interface PlantedCorruption {
  /** The invariant that must be reported, perhaps beside others. */
  readonly invariant: number;
  readonly story: string;
  readonly plant: string;
  readonly undo: string;
}

/** The row that comes first by its key: the same before and after the change. */
const first = (table: string, key: string) =>
  `(${key}) = (select ${key} from ${table} order by ${key} limit 1)`;

const FIRST_BALANCE = first('wallets.balances', 'tenant, account_id, partition');
const FIRST_OPEN = first('invoicing.balances', 'tenant, customer, currency, tax_category');
const FIRST_PART = first(
  'wallets.charge_payments',
  'generation, partition, log_offset, log_index, n, part',
);
const FIRST_LEAF = first('invoicing.statement_charges', 'tenant, statement, leaf_index');
const FIRST_COUNT = first('rating.event_counts', 'tenant, source, partition, outcome, reason');
const FIRST_RANGE = first('rating.rated_ranges', 'generation, partition, from_offset, from_index');
const FIRST_CHARGE = first(
  'rating.charge_rows',
  'usage_month, tenant_number, generation, partition, log_offset, event_index, n',
);
const FIRST_INVOICE = first('invoicing.invoices', 'tenant, invoice');

export const PLANTED_CORRUPTIONS: readonly PlantedCorruption[] = [
  {
    invariant: 1,
    story: 'an entry without its other side',
    plant: `insert into wallets.entries
      select tenant, transaction_id, 9999, account_id, true, 1 from wallets.entries limit 1`,
    undo: 'delete from wallets.entries where n = 9999',
  },
  {
    invariant: 2,
    story: 'a balance of one nano more than its entries',
    plant: `update wallets.balances set debits_minus_credits = debits_minus_credits + 1 where ${FIRST_BALANCE}`,
    undo: `update wallets.balances set debits_minus_credits = debits_minus_credits - 1 where ${FIRST_BALANCE}`,
  },
  {
    invariant: 4,
    story: 'a residual of one nano more than was left open',
    plant: `update invoicing.balances set residual_nanos = residual_nanos + 1 where ${FIRST_OPEN}`,
    undo: `update invoicing.balances set residual_nanos = residual_nanos - 1 where ${FIRST_OPEN}`,
  },
  {
    invariant: 5,
    story: 'a part that pays one nano more than its charge',
    plant: `update wallets.charge_payments set amount = amount + 1 where ${FIRST_PART}`,
    undo: `update wallets.charge_payments set amount = amount - 1 where ${FIRST_PART}`,
  },
  {
    invariant: 6,
    story: 'a leaf that was given to another charge',
    plant: `update invoicing.statement_charges set n = n + 100 where ${FIRST_LEAF}`,
    undo: `update invoicing.statement_charges set n = n - 100 where ${FIRST_LEAF}`,
  },
  {
    invariant: 7,
    story: 'an event counted that is not in the log',
    plant: `update rating.event_counts set events = events + 1 where ${FIRST_COUNT}`,
    undo: `update rating.event_counts set events = events - 1 where ${FIRST_COUNT}`,
  },
  {
    invariant: 8,
    story: 'an adjustment that corrects no charge',
    plant: `update rating.charge_rows set kind = 2 where ${FIRST_CHARGE}`,
    undo: `update rating.charge_rows set kind = 1 where ${FIRST_CHARGE}`,
  },
  {
    invariant: 8,
    story: 'charges whose event never took a key',
    plant: `update rating.inbox set event_index = event_index + 100000
      where key = (select i.key from rating.inbox i join rating.charge_rows c
        on c.partition = i.partition and c.log_offset = i.log_offset and c.event_index = i.event_index limit 1)`,
    undo: 'update rating.inbox set event_index = event_index - 100000 where event_index >= 100000',
  },
  {
    invariant: 9,
    story: 'a range of yesterday that was never published',
    plant: `update rating.rated_ranges
      set published_at = null, recorded_at = recorded_at - interval '1 day' where ${FIRST_RANGE}`,
    undo: `update rating.rated_ranges
      set published_at = now(), recorded_at = recorded_at + interval '1 day' where ${FIRST_RANGE}`,
  },
  {
    invariant: 10,
    story: 'a finalized invoice with a blank more',
    plant: `update invoicing.invoices set document = document || ' ' where ${FIRST_INVOICE}`,
    undo: `update invoicing.invoices set document = rtrim(document) where ${FIRST_INVOICE}`,
  },
  {
    invariant: 12,
    story: 'a leaf of which one letter was changed',
    plant: `update invoicing.statement_charges set leaf = replace(leaf, '"kind":"usage"', '"kind":"usagf"') where ${FIRST_LEAF}`,
    undo: `update invoicing.statement_charges set leaf = replace(leaf, '"kind":"usagf"', '"kind":"usage"') where ${FIRST_LEAF}`,
  },
  {
    invariant: 13,
    story: 'a table whose owner passes row-level security',
    plant: 'alter table wallets.entries no force row level security',
    undo: 'alter table wallets.entries force row level security',
  },
  {
    invariant: 13,
    story: 'a charge by a price that has no name',
    plant: `update rating.charge_rows set price_number = -price_number where ${FIRST_CHARGE}`,
    undo: 'update rating.charge_rows set price_number = -price_number where price_number < 0',
  },
  {
    invariant: 13,
    story: 'a charge booked to a period that its customer never had',
    plant: `update rating.charge_rows set booking_from = -booking_from where ${FIRST_CHARGE}`,
    undo: 'update rating.charge_rows set booking_from = -booking_from where booking_from < 0',
  },
];
