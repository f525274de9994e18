export type CrashPointName = 'before_effects' | 'after_effects' | 'after_commit' | 'before_publish';

/** Dies here, as by `kill -9`, when the environment asked for it; otherwise does nothing. */
export type CrashPoint = (name: CrashPointName) => void;

export const CRASH_AT_PATTERN =
  /^(before_effects|after_effects|after_commit|before_publish):([1-9]\d{0,8})$/;

/**
 * `setting` is `FARTHING_CRASH_AT=<point>:<nth time>`; the configuration refuses it in production.
 * `die` is an argument so that the counting can be tested by a process that wants to live.
 */
export function createCrashPoint(
  setting: string | undefined,
  die: () => void = () => process.kill(process.pid, 'SIGKILL'),
): CrashPoint {
  if (setting === undefined) return () => undefined;
  const match = CRASH_AT_PATTERN.exec(setting);
  if (!match) throw new Error(`FARTHING_CRASH_AT is not <point>:<nth time>: ${setting}`);
  let left = Number(match[2]);
  return (name) => {
    if (name !== match[1]) return;
    left -= 1;
    if (left === 0) die();
  };
}

/** A process without a setting. */
export const neverCrash: CrashPoint = () => undefined;
