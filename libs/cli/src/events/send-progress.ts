import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const schema = z.object({
  size: z.number(),
  modifiedAtMs: z.number(),
  acknowledgedThrough: z.number(),
});

/**
 * Remembers beside a file, in `<file>.sent`, through which line everything was acknowledged, so that a broken
 * sending goes on there. A line that was acknowledged after it is sent again, as a duplicate that charges nothing.
 */
export class SendProgress {
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly identity: { size: number; modifiedAtMs: number },
    /** 0 when nothing was sent, or the file has changed since. */
    readonly resumeAfter: number,
  ) {}

  static async open(file: string): Promise<SendProgress> {
    const { size, mtimeMs: modifiedAtMs } = await stat(file);
    const path = `${file}.sent`;
    const known = schema.safeParse(
      await readFile(path, 'utf8')
        .then(JSON.parse)
        .catch(() => undefined),
    );
    const same =
      known.success && known.data.size === size && known.data.modifiedAtMs === modifiedAtMs;
    return new SendProgress(
      path,
      { size, modifiedAtMs },
      same ? known.data.acknowledgedThrough : 0,
    );
  }

  /** Lanes report at once; one note is written after the other, or one would rename the other's file away. */
  save(acknowledgedThrough: number): Promise<void> {
    this.saving = this.saving.then(() => this.write(acknowledgedThrough));
    return this.saving;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async write(acknowledgedThrough: number): Promise<void> {
    await writeFile(`${this.path}.new`, JSON.stringify({ ...this.identity, acknowledgedThrough }));
    await rename(`${this.path}.new`, this.path);
  }
}
