import { RequestRefused } from '../errors.js';

/** How many bytes of requests are held in memory: the bound of everything that waits behind the HTTP door. */
export class BytesInHand {
  #bytes = 0;

  constructor(private readonly bytesMax: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Runs the work with so many bytes taken, until it says how many they really are. Throws `RequestRefused` when
   * they are not to be had.
   */
  async hold<T>(
    expected: number,
    work: (settle: (bytes: number) => void) => Promise<T>,
  ): Promise<T> {
    let taken = 0;
    const settle = (bytes: number) => {
      if (this.#bytes - taken + bytes > this.bytesMax) throw new RequestRefused('overloaded', 1);
      this.#bytes += bytes - taken;
      taken = bytes;
    };
    settle(expected);
    try {
      return await work(settle);
    } finally {
      this.#bytes -= taken;
    }
  }
}
