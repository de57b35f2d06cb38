import { fileURLToPath } from 'node:url'
import { PEERS } from './peers.js'
import { start } from './pinned.js'
import { ServerProcess } from './server-process.js'

const GENERATOR = fileURLToPath(new URL('../load/generator.js', import.meta.url))
const TIMEOUT_MS = 180_000

/**
 * One measurement: a fresh server on one core, a fresh load generator on the other.
 * @throws where a message was lost, doubled, out of order or not what was sent
 */
export async function run(entry, { workload, settings, node, flags = [] }) {
  const peer = PEERS[entry.peer]
  const { mode, load, middleware, browser } = workload
  const options = { mode, middleware, ...settings.server, ...entry.server }
  const server = new ServerProcess(peer, { node, settings: options, flags: [...(workload.flags ?? []), ...flags] })
  try {
    const port = await server.listening()
    const { dialect, plain } = peer
    const target = { port, dialect, plain, browser, deflate: options.compression === true }
    const order = { load, pid: server.pid, target, settings }
    return await generate(node, order, (question) => server.ask(question))
  } finally {
    await server.stop()
  }
}

/** Has the load generator do its work. Its questions go to the server. */
async function generate(node, order, ask) {
  const child = start('load', [node.path, '--expose-gc', GENERATOR], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let timer
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`No result after ${TIMEOUT_MS / 1000} s.`)), TIMEOUT_MS)
      child.on('message', ({ question, figures, failure }) => {
        if (question) ask(question).then((answer) => child.send({ answer }), reject)
        else if (failure) reject(new Error(failure))
        else resolve(figures)
      })
      child.on('exit', () => reject(new Error('The load generator has ended.')))
      child.send({ order })
    })
  } finally {
    clearTimeout(timer)
    child.kill()
  }
}
