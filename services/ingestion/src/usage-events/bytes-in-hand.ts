import { RequestRefused } from '../errors.js';

/** How many bytes of requests are held in memory: the bound of everything that waits behind the HTTP door. */
export class BytesInHand {
  #bytes = 0;

  constructor(private readonly bytesMax: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Runs the work with so many bytes taken; throws `RequestRefused` when they are not to be had. */
  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#bytes + bytes > this.bytesMax) throw new RequestRefused('overloaded', 1);
    this.#bytes += bytes;
    try {
      return await work();
    } finally {
      this.#bytes -= bytes;
    }
  }
}
