import { cpus, loadavg, release, totalmem } from 'node:os'
import { pinned } from './pinned.js'
import { OWN } from './runtimes.js'

/** Where something was measured. */
export function describeMachine(node = OWN) {
  const [{ model }] = cpus()
  return {
    cpu: `${cpus().length} × ${model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()}`,
    node: node.version,
    pinned,
    loadAverage: loadavg()[0],
  }
}
