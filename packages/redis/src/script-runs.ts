import { HubError } from '@wshub/core'
import type { Script } from './script.js'
import { unsent } from './unsent.js'
import type { RedisReply } from './driver.js'

/** The arguments of a command. */
export type CommandArguments = readonly (string | Buffer)[]

/** Sends a command. @param key decides on the node of a cluster */
type Call = (key: string, args: CommandArguments) => Promise<RedisReply>

/**
 * Runs scripts by name. If a node does not know a script, its source is sent once. Later runs then wait until all
 * earlier runs by name are answered, so that they do not overtake a run that is sent again.
 */
export class ScriptRuns {
  readonly #call: Call
  readonly #maxHeldBytes: number
  #named = 0
  #held: (() => void)[] | undefined
  #heldBytes = 0

  constructor(call: Call, maxHeldBytes: number) {
    this.#call = call
    this.#maxHeldBytes = maxHeldBytes
  }

  run(script: Script, keys: readonly string[], args: CommandArguments): Promise<RedisReply> {
    const send = (): Promise<RedisReply> => this.#send(script, keys, args)
    return this.#held ? this.#hold(send, args) : send()
  }

  #hold(send: () => Promise<RedisReply>, args: CommandArguments): Promise<RedisReply> {
    this.#heldBytes += args.reduce((sum, { length }) => sum + length, 0)
    if (this.#heldBytes > this.#maxHeldBytes) {
      return Promise.reject(unsent(new HubError('broker_overloaded', 'Too many scripts wait for Redis.')))
    }
    return new Promise((resolve, reject) => {
      this.#held?.push(() => void send().then(resolve, reject))
    })
  }

  async #send({ sha, source }: Script, keys: readonly string[], args: CommandArguments): Promise<RedisReply> {
    const [key = ''] = keys
    const rest = [String(keys.length), ...keys, ...args]
    this.#named += 1
    let again: Promise<RedisReply> | undefined
    try {
      return await this.#call(key, ['EVALSHA', sha, ...rest])
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      this.#held ??= []
      again = this.#call(key, ['EVAL', source, ...rest])
    } finally {
      this.#named -= 1
      if (this.#named === 0) this.#release()
    }
    return again
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#heldBytes = 0
    for (const send of held) send()
  }
}
