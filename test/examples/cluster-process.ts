import { ChatProcess, type Ended, type Settings } from './chat-process'

/** A server of the cluster, as the cluster has printed it. */
export interface Member {
  readonly name: string
  readonly framework: string
  /** The address of the server itself, without the balancer. */
  readonly url: string
  readonly pid: number
}

/** The chat on several servers, as its users start it: one process that starts the others. */
export class ClusterProcess {
  readonly #process: ChatProcess

  constructor({ args = [], env = {} }: Settings = {}) {
    this.#process = new ChatProcess({ example: 'cluster', args, env })
  }

  get ended(): Promise<Ended> {
    return this.#process.ended
  }

  /** The address of all servers together. */
  url(): Promise<string> {
    return this.#process.url()
  }

  async members(): Promise<readonly Member[]> {
    const text = await this.#process.printed(/^The chat is at [^]*kill -9/m)
    return [...text.matchAll(/^ +(server \d+): (\w+) at (\S+), pid (\d+)$/gm)].map(
      ([, name = '', framework = '', url = '', pid]) => ({ name, framework, url, pid: Number(pid) }),
    )
  }

  /** The port of its own Redis. */
  async redisPort(): Promise<number> {
    return Number((await this.#process.printed(/redis:\/\/\S+/)).split(':').at(-1))
  }

  /** A server by its name. */
  async member(name: string): Promise<Member> {
    const found = (await this.members()).find((member) => member.name === name)
    if (found) return found
    throw new Error(`There is no ${name}.`)
  }

  /** Kills a server with SIGKILL. */
  async kill(name: string): Promise<void> {
    process.kill((await this.member(name)).pid, 'SIGKILL')
  }

  printed(pattern: RegExp): Promise<string> {
    return this.#process.printed(pattern)
  }

  signal(name: NodeJS.Signals): void {
    this.#process.signal(name)
  }

  /** Stops the cluster with a signal and waits for its end, with which all processes that it has started end. */
  stop(name: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    return this.#process.stop(name)
  }
}
