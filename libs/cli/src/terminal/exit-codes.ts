/** What the process answers with. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** Some of it was refused. */
  partial: 3,
  wouldChange: 4,
  interrupted: 130,
} as const;
