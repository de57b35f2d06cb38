// Pings a Redis without a pause, in a process of its own: `reset` forgets the longest PING so far, `read` answers it in ms.
import { performance } from 'node:perf_hooks'
import { Redis } from 'ioredis'

const client = new Redis(Number(process.argv[2]))
let longest = 0
process.on('message', (what) => {
  if (what === 'read') process.send(longest)
  longest = 0
})
process.on('disconnect', () => process.exit())

async function main() {
  for (;;) {
    const began = performance.now()
    await client.ping()
    longest = Math.max(longest, performance.now() - began)
  }
}

main().catch(() => process.exit(1))
