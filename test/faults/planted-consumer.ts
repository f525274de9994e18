import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@farthing/local/repository';
import type { Stack } from '@farthing/local/stack';
import pg from 'pg';
import { effectsOf, type Effects } from './effects.js';

const ENTRY = join(repositoryRoot, 'test/dist/faults/textbook-consumer.js');

/** The textbook consumer on a stack's log, with a table of its own in the stack's database. */
export class PlantedConsumer {
  #process: ChildProcess | undefined;
  #effectsAtStart = 0;

  private constructor(private readonly stack: Stack) {}

  static async start(stack: Stack): Promise<PlantedConsumer> {
    if (!existsSync(ENTRY)) throw new Error(`${ENTRY} does not exist; run \`npm run build\`.`);
    const planted = new PlantedConsumer(stack);
    await planted.#query('create table if not exists textbook_effects (position text, event text)');
    await planted.restart();
    return planted;
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#effectsAtStart = (await this.#positions()).length;
    this.#process = spawn(process.execPath, [ENTRY], {
      env: {
        TEXTBOOK_BROKERS: this.stack.brokers,
        TEXTBOOK_PREFIX: this.stack.topicPrefix,
        TEXTBOOK_DATABASE_URL: this.stack.adminUrl,
      },
      stdio: 'ignore',
    });
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  /** Whether it has worked since its start; else a kill would prove nothing. */
  async hasWorked(): Promise<boolean> {
    return (await this.#positions()).length > this.#effectsAtStart;
  }

  /** Against the positions that it has seen at all. */
  async effects(): Promise<Effects> {
    const positions = await this.#positions();
    return effectsOf(new Set(positions), positions);
  }

  async #positions(): Promise<string[]> {
    const { rows } = await this.#query('select position from textbook_effects');
    return rows.map(({ position }) => position as string);
  }

  async #query(sql: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.stack.adminUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
