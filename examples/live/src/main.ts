import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createHub } from './hub.js'
import { serve } from './server.js'

/** In place of a model: it repeats the prompt ten times, a word in a tenth of a second. */
async function* repeat(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of `${prompt} `.repeat(10).split(/(?<= )/)) {
    await setTimeout(100, undefined, { signal })
    yield word
  }
}

const hub = createHub(repeat)
const server = serve(hub)
server.listen(Number(process.env['PORT'] ?? 3000), () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`http://localhost:${port}\n`)
})

async function stop(): Promise<void> {
  await hub.close()
  server.close()
}
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
