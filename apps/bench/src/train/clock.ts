/** How time is counted. */

/**
 * `wall`: time that passes. `cpu`: time on a core, all threads of the process together; with one
 * thread this is what would pass if nobody else wanted the core.
 */
export type Clock = 'wall' | 'cpu';

/** Milliseconds since some moment. */
export function now(clock: Clock): number {
  if (clock === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}
