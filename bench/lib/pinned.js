import { spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const CORES = { server: 0, load: 1 }

/** Whether server and load each have a core of their own. */
export const pinned = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0

/** Starts a process on its core. */
export function start(role, [program, ...args], options) {
  const command = pinned ? ['taskset', '-c', String(CORES[role]), program, ...args] : [program, ...args]
  return spawn(command[0], command.slice(1), options)
}
