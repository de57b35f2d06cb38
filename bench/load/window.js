import { readdirSync, readFileSync } from 'node:fs'
import { machineTime } from '../lib/machine-time.js'

/** Nanoseconds that all threads of a process have run, user and system. */
export function cpuTime(pid) {
  const folder = `/proc/${pid}/task`
  let sum = 0
  for (const thread of readdirSync(folder))
    sum += Number.parseInt(readFileSync(`${folder}/${thread}/schedstat`, 'latin1'), 10)
  return sum
}

/** The time that is measured: what the server spent of its core, this process of the other, and others of both. */
export class Window {
  #pid
  #begin

  constructor(pid) {
    this.#pid = pid
  }

  start() {
    this.#begin = { machine: machineTime(), server: cpuTime(this.#pid), own: process.cpuUsage(), at: performance.now() }
  }

  /**
   * @returns seconds on the clock and of the server's CPU; the share of a core that this process took (`load`) and of
   * the machine that others did
   */
  end() {
    const { user, system } = process.cpuUsage(this.#begin.own)
    const cpu = (cpuTime(this.#pid) - this.#begin.server) / 1e9
    const wall = (performance.now() - this.#begin.at) / 1e3
    const own = (user + system) / 1e6
    const { busy, cores } = machineTime()
    const others = Math.max(0, (busy - this.#begin.machine.busy - cpu - own) / cores / wall)
    return { wall, cpu, load: own / wall, others }
  }
}
