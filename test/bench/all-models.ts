import type { BenchPlace } from './bench-place.js';
import { openTopics } from './bench-place.js';
import { distinctEvents, generateLoad } from './load.js';
import { median } from './median.js';
import { ALL_MODELS, ONE_MODEL, type ModelTariff } from './model-tariff.js';
import type { Pace } from './progress.js';
import { provisionTenants } from './provision.js';
import { fillLog, ratingCatchUp, type RatingPlace } from './rating-catch-up.js';

/** Rating by 20 prices of all models, beside rating by one price per unit; one charge an event in both. */
export interface AllModelsFigures {
  /** Charges a second by all models, to those by one. */
  readonly ratio: number;
  readonly charges_per_second: { readonly all: number; readonly one: number };
  /** Of rating's process. */
  readonly cpu_us_per_event: { readonly all: number; readonly one: number };
}

const SEED = 2_000;

/** The rounds of the two take turns; the first of each warms up and is thrown away. */
export async function measureAllModels(
  place: BenchPlace,
  { events, rounds }: { readonly events: number; readonly rounds: number },
): Promise<AllModelsFigures> {
  const load = generateLoad({ seed: SEED, events, endsAtMs: Date.now() });
  const expected = { events, charges: distinctEvents(load) };
  const open = async (models: ModelTariff): Promise<RatingPlace> => {
    const { stack, alone } = place;
    const catalog = { url: stack.serviceUrl('catalog'), operatorKey: stack.operatorKey };
    const { catalogVersion } = await provisionTenants(catalog, models.tenants, models.tariff);
    const at = { ...alone, topicPrefix: `${models.tariff.plan}.` };
    await openTopics(alone, at.topicPrefix);
    await fillLog(at, load, { catalogVersion, toEnvelope: models.toEnvelope });
    return at;
  };
  const all = await open(ALL_MODELS);
  const one = await open(ONE_MODEL);
  const paces: Array<{ readonly all: Pace; readonly one: Pace }> = [];
  for (let round = 0; round <= rounds; round += 1) {
    const ofOne = await ratingCatchUp(one, expected, place.servers);
    paces.push({ one: ofOne, all: await ratingCatchUp(all, expected, place.servers) });
  }
  const counted = paces.slice(1);
  const medianOf = (who: 'all' | 'one', of: (pace: Pace) => number) =>
    Math.round(median(counted.map((round) => of(round[who]))) * 10) / 10;
  return {
    ratio: median(counted.map((round) => round.all.chargesPerSecond / round.one.chargesPerSecond)),
    charges_per_second: {
      all: Math.round(medianOf('all', ({ chargesPerSecond }) => chargesPerSecond)),
      one: Math.round(medianOf('one', ({ chargesPerSecond }) => chargesPerSecond)),
    },
    cpu_us_per_event: {
      all: medianOf('all', ({ cpuMicros }) => cpuMicros.worker!),
      one: medianOf('one', ({ cpuMicros }) => cpuMicros.worker!),
    },
  };
}
