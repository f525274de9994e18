import { z } from 'zod';
import { replayConfig } from '../replay/replay-config.js';

const NAMED_MAX = 999;

/** A replay's environment, whose period and tenant say what is metered afresh, and what of it is wanted. */
export const reMeterConfig = replayConfig.and(
  z.object({
    FARTHING_RE_METER_CUSTOMER: z.string().optional(),
    /** Charges of other prices are not compared. */
    FARTHING_RE_METER_PRICE: z.string().optional(),
    /** Whether each charge that would be otherwise is a line of its own. */
    FARTHING_RE_METER_DIFFERENCES: z.stringbool().default(false),
    /** How many customers and creators are named. */
    FARTHING_RE_METER_LIMIT: z.coerce.number().int().min(0).max(NAMED_MAX).default(20),
  }),
);

export type ReMeterConfig = z.output<typeof reMeterConfig>;
