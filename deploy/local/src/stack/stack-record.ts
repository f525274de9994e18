import { mkdirSync } from 'node:fs';
import type { RunningProcess } from '../servers/child-process.js';
import { type StackFolder, stackFolder } from './stack-folder.js';
import type { StackOptions } from './stack-options.js';
import { type StackState, readState, writeState } from './state-file.js';

/** What is known of a stack, in memory and in its folder alike. */
export class StackRecord {
  readonly folder: StackFolder;
  readonly startedNow: RunningProcess[] = [];
  #state: StackState;

  constructor(readonly options: StackOptions) {
    this.folder = stackFolder(options.folder);
    mkdirSync(this.folder.path, { recursive: true });
    mkdirSync(this.folder.keys, { recursive: true, mode: 0o700 });
    this.#state = readState(this.folder.state);
  }

  get state(): StackState {
    return this.#state;
  }

  update(change: Partial<StackState>): void {
    this.#state = { ...this.#state, ...change };
    writeState(this.folder.state, this.#state);
  }

  reload(): void {
    this.#state = readState(this.folder.state);
  }

  /** Remembers a process for the case that this start fails and has to be undone. */
  started(running: RunningProcess): void {
    this.startedNow.push(running);
  }

  report(name: string, text: string): void {
    this.options.report?.(`${name.padEnd(11)} ${text}`);
  }
}
