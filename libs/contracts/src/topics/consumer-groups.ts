import { TOPICS } from './topic-names.js';

/** The consumer groups of Farthing, one per service and topic, without the prefix that tests put before them. */
export const GROUPS = {
  ratingUsage: `farthing.rating.${TOPICS.usageAccepted}`,
  walletsRated: `farthing.wallets.${TOPICS.chargesRated}`,
  walletsDocuments: `farthing.wallets.${TOPICS.documents}`,
  invoicingRated: `farthing.invoicing.${TOPICS.chargesRated}`,
  invoicingPaid: `farthing.invoicing.${TOPICS.chargesPaid}`,
  catalogRated: `farthing.catalog.${TOPICS.chargesRated}`,
  /** All inbound topics together. */
  inbound: 'farthing.ingestion.inbound',
} as const;
