import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';
import { MissingTool, javaComplaint, mavenComplaint } from './missing-tool.js';

const pom = join(repositoryRoot, 'deploy/kafka/pom.xml');

/** Where jars are kept unless told otherwise: once for a clone, whatever stacks run from it. */
export const jarCache = join(repositoryRoot, '.farthing/cache/kafka');

/**
 * The folder with the jars that `deploy/kafka/pom.xml` names, fetched by Maven the first time. It
 * is named by the pom's hash, so another version gets another folder.
 */
export function kafkaJars(cache = jarCache): string {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const folder = join(cache, version);
  if (existsSync(folder)) return folder;

  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const maven = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';
  const goal = [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${partial}`,
  ];
  const run = spawnSync(maven, goal, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (run.error || run.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    if ((run.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      throw new MissingTool(mavenComplaint());
    }
    throw new Error(
      `Maven could not fetch Kafka:\n${run.error?.message ?? ''}${run.stdout}${run.stderr}`,
    );
  }
  return adopt(partial, folder);
}

/**
 * Two processes may have fetched at once: the first rename wins, and the second throws its copy
 * away.
 */
function adopt(partial: string, folder: string): string {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/** The `java` to run: of JAVA_HOME when that is set, else the one on the PATH. */
export function javaCommand(environment = process.env): string {
  const java = environment.JAVA_HOME ? join(environment.JAVA_HOME, 'bin/java') : 'java';
  const run = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const complaint = javaComplaint(run.error ? undefined : `${run.stderr}${run.stdout}`);
  if (complaint) throw new MissingTool(complaint);
  return java;
}
