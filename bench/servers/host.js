import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'

/** What the suite wants of this server: mode, compression, pingInterval (ms). */
export const settings = { mode: 'broadcast', compression: false, ...JSON.parse(process.argv[2] ?? '{}') }

/** The room or path of an upgrade URL: `/ws/<room>`. */
export function roomOf(url) {
  return url.slice(url.lastIndexOf('/') + 1)
}

/** Has an http.Server listen and tells the suite where. */
export function listen(server) {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announce(server.address().port))
}

/** Tells the suite that the server listens, and answers its questions until it hangs up. */
export function announce(port) {
  tell({ port })
  const input = createInterface({ input: process.stdin })
  input.on('line', (question) => void answer(question))
  input.on('close', () => process.exit())
}

async function answer(question) {
  tell((await ANSWERS[question]?.()) ?? {})
}

/** What V8 does when a process is idle: it also moves objects together and gives free pages back, which `gc()` does not. */
async function idleCollection() {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  return () => session.post('HeapProfiler.collectGarbage')
}

let delay

const ANSWERS = {
  async memory() {
    const collect = globalThis.Bun ? () => globalThis.Bun.gc(true) : await idleCollection()
    for (let round = 0; round < 4; round += 1) {
      await collect()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heap: heapUsed + external }
  },
  /** The most memory that the process has had. */
  peak() {
    return { peak: process.resourceUsage().maxRSS * 1024 }
  },
  watchGaps() {
    delay = monitorEventLoopDelay({ resolution: 2 })
    delay.enable()
  },
  gap() {
    delay.disable()
    return { gap: delay.max / 1e6 }
  },
}

function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
