import { cpus, loadavg, release, totalmem } from 'node:os'
import { pinned } from './pinned.js'

/** Where something was measured. */
export function describeMachine() {
  const [{ model }] = cpus()
  return {
    cpu: `${cpus().length} × ${model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()}`,
    node: process.version,
    pinned,
    loadAverage: loadavg()[0],
  }
}
