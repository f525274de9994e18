/** The processes of the stack that answer for a part of the API, in the order they are listed. */
export const serviceNames = ['catalog', 'ingestion', 'rating', 'wallets', 'invoicing'] as const;

export type ServiceName = (typeof serviceNames)[number];
