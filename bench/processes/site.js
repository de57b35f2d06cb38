import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from '../scaling/redis.js'

const file = fileURLToPath(new URL('server.js', import.meta.url))

/** Whether processes of this Node can share a port without a primary process. */
export function canReusePort({ version }) {
  const [major, minor] = version.slice(1).split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)
}

/** Processes of one hub behind one port; more than one with a Redis. */
export class Site {
  redis
  port = 0
  pids = []
  #children = []

  /** @param mode `single`, `cluster` or `reusePort` */
  static async start({ node, mode, processes }) {
    const site = new Site()
    try {
      if (processes > 1) site.redis = await Redis.start()
      const programs = mode === 'reusePort' ? processes : 1
      for (let started = 0; started < programs; started += 1) await site.#add({ node, mode, processes })
    } catch (error) {
      await site.stop()
      throw error
    }
    return site
  }

  async #add({ node, mode, processes }) {
    const settings = { mode, processes, port: this.port, url: this.redis?.url }
    const child = fork(file, [JSON.stringify(settings)], {
      execPath: node.path,
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#children.push(child)
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`A server has ended with ${code}.`)
    })
    const [{ port, pids }] = await Promise.race([once(child, 'message'), ended])
    this.port = port
    this.pids.push(...pids)
  }

  async stop() {
    await Promise.all(this.#children.map((child) => end(child)))
    await this.redis?.stop()
  }
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.disconnect()
  await gone
}
