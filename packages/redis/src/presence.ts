import type { BrokerPresence, PresenceMember } from '@wshub/core'
import { type Link, name } from './link.js'
import { ENTER, LEAVE, LIVING, RENEW } from './presence-scripts.js'
import type { Reply } from './wire.js'

/** People in one command. */
const AT_ONCE = 1000
/** How long a server that takes off the people of a dead one keeps others from doing so, ms. */
const CLAIM = 5000

interface Local {
  /** Connections of this server. */
  count: number
  /** Commands on their way that may change it. */
  changing: number
}

/**
 * Who is where, in Redis. A topic has a hash of its connections, each with the server that it is on, and a count of tabs
 * for each person. A server has a lease, and a list of the topics that it has people on, so that others can take them off.
 */
export class RedisPresence implements BrokerPresence {
  readonly lease: number
  readonly #link: Link
  readonly #topics = new Map<string, Local>()
  // What it entered under is the name of one life of the server: who lost the lease comes back under another.
  #server = name()
  #registered = false

  constructor(link: Link) {
    this.#link = link
    this.lease = link.settings.lease
  }

  async enter(topic: string, members: readonly PresenceMember[], tell: boolean): Promise<void> {
    if (members.length === 0) return
    const registered = this.#registered ? undefined : this.#register()
    const server = this.#server
    const local = this.#begin(topic)
    // Before anybody is on it: whoever comes after us has to find everything.
    const listed = this.#link.commands.call(this.#list(server), ['SADD', this.#list(server), topic])
    try {
      await Promise.all([registered, listed, this.#change(ENTER, topic, { members, tell, server })])
    } finally {
      this.#end(topic, local)
    }
  }

  async leave(topic: string, members: readonly PresenceMember[], tell: boolean): Promise<void> {
    // The script takes an empty list for everybody of the server.
    if (members.length === 0) return
    const local = this.#begin(topic)
    try {
      await this.#change(LEAVE, topic, { members, tell, server: this.#server })
    } finally {
      this.#end(topic, local)
    }
  }

  async renew(): Promise<boolean> {
    const known = this.#registered
    const [alive, graves] = await this.#renew()
    if (known && !alive) this.#forget()
    await Promise.all(graves.map((server) => this.#bury(server)))
    return alive || !known
  }

  async list(topic: string): Promise<PresenceMember[]> {
    const { commands } = this.#link
    const [living, who] = await Promise.all([
      commands.run(LIVING, [this.#key('servers')], []),
      commands.call(this.#link.channel(topic), ['HGETALL', `${this.#link.channel(topic)}:who`]),
    ])
    const alive = new Set(listOf(living).map(String))
    return pairsOf(who).flatMap(([key, user]) => {
      const colon = key.indexOf(':')
      return alive.has(key.slice(0, colon)) ? [{ user, connection: key.slice(colon + 1) }] : []
    })
  }

  /** Gives the lease back: whoever is still entered is gone at once. */
  async close(): Promise<void> {
    if (!this.#registered) return
    const servers = this.#key('servers')
    await this.#link.commands.call(servers, ['ZREM', servers, this.#server])
    await this.#link.commands.call(servers, ['ZADD', this.#key('graves'), '0', this.#server])
    await this.#bury(this.#server)
  }

  /** A lost lease means a new name: others may be taking off what stands under the old one. */
  #forget(): void {
    this.#server = name()
    this.#registered = false
    this.#topics.clear()
  }

  async #register(): Promise<void> {
    this.#registered = true
    try {
      await this.#renew()
    } catch (error) {
      this.#registered = false
      throw error
    }
  }

  async #renew(): Promise<[alive: boolean, graves: string[]]> {
    const keys = [this.#key('servers'), this.#key('graves')]
    const [alive, graves] = listOf(
      await this.#link.commands.run(RENEW, keys, [this.#server, `${this.lease}`, `${CLAIM}`]),
    )
    return [alive === 1, listOf(graves).map(String)]
  }

  /** Takes off everybody of a server that is gone. */
  async #bury(server: string): Promise<void> {
    const { commands } = this.#link
    const list = this.#list(server)
    const topics = listOf(await commands.call(list, ['SMEMBERS', list])).map(String)
    for (let at = 0; at < topics.length; at += AT_ONCE) {
      const some = topics.slice(at, at + AT_ONCE)
      await Promise.all(some.map((topic) => this.#change(LEAVE, topic, { members: [], tell: true, server })))
    }
    await commands.call(list, ['DEL', list])
    await commands.call(this.#key('graves'), ['ZREM', this.#key('graves'), server])
  }

  async #change(
    script: typeof ENTER,
    topic: string,
    {
      members,
      tell,
      server,
    }: { readonly members: readonly PresenceMember[]; readonly tell: boolean; readonly server: string },
  ): Promise<void> {
    const channel = this.#link.channel(topic)
    const head = [server, tell ? this.#link.publish : '', channel]
    const sign = script === ENTER ? 1 : -1
    const runs: Promise<Reply>[] = []
    for (let at = 0; at === 0 || at < members.length; at += AT_ONCE) {
      const some = members.slice(at, at + AT_ONCE).flatMap(({ connection, user }) => [connection, user])
      runs.push(this.#link.commands.run(script, [`${channel}:who`, `${channel}:tabs`], [...head, ...some]))
    }
    const counts = await Promise.all(runs)
    const local = server === this.#server ? this.#topics.get(topic) : undefined
    if (local) local.count += sign * counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }

  #begin(topic: string): Local {
    const local = this.#topics.get(topic) ?? { count: 0, changing: 0 }
    this.#topics.set(topic, local)
    local.changing += 1
    return local
  }

  #end(topic: string, local: Local): void {
    local.changing -= 1
    if (local.changing > 0 || local.count > 0 || this.#topics.get(topic) !== local) return
    this.#topics.delete(topic)
    const list = this.#list(this.#server)
    // Where it fails, whoever looks after us finds nobody there.
    void this.#link.commands.call(list, ['SREM', list, topic]).catch(() => {})
  }

  #list(server: string): string {
    return this.#link.channel(`server:${server}`)
  }

  #key(what: string): string {
    return `${this.#link.channel('servers')}:${what}`
  }
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : []
}

/** The fields of a hash; newer protocols have a type of their own for it, which some libraries show as an object. */
function pairsOf(reply: Reply): [string, string][] {
  if (!Array.isArray(reply)) return Object.entries(reply ?? {}).map(([key, value]) => [key, String(value)])
  const flat = listOf(reply)
  return flat.flatMap((key, at) => (at % 2 === 0 ? [[String(key), String(flat[at + 1])] as [string, string]] : []))
}
