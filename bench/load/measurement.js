import { machineTime } from '../lib/machine-load.js'
import { cpuTime } from '../lib/process-cpu.js'

/** One measurement: what the server spent of its core, this process of the other, and other processes of both. */
export class Measurement {
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
