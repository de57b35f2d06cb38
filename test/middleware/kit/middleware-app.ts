import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Hub } from '@wshub/core'
import { frame } from '../../support/frame.js'
import { type Answer, RawClient } from '../../support/raw.js'
import { type Fields, handshake, plain, type RequestParts } from '../../support/request.js'
import { MiddlewareRuns } from './middleware-runs.js'

/** The outcome of a request, of a page or an upgrade. */
export interface Result {
  readonly status: number
  /** The header lines, unchanged. */
  readonly headers: readonly string[]
  /** Of a page: the body. Of an accepted upgrade: the first message of the hub, which names the user. */
  readonly body: string
  /** The values of all `Set-Cookie` headers. */
  readonly cookies: readonly string[]
  /** The watched middleware that ran for it, until its response was closed. */
  readonly runs: readonly string[]
  header(name: string): string | undefined
}

/** An accepted upgrade, with its client. */
export interface Socketed extends Result {
  readonly client: RawClient
}

/** The method is GET, except for logins. */
export type Ask = Pick<RequestParts, 'fields' | 'body' | 'method'>

type Undo = () => unknown

/** One app on a free port, with a hub that sends each client its user and echoes messages. */
export class MiddlewareApp {
  readonly middlewareRuns = new MiddlewareRuns()
  /** The lines of the app's access log. */
  readonly log: string[] = []
  /** The answer to a message. */
  reply: (text: string) => string = (text) => text
  readonly hub = new Hub({
    onOpen: (connection) => connection.send(JSON.stringify(connection.data ?? null)),
    onMessage: (connection, data) => connection.send(this.reply(String(data))),
  })
  readonly #sockets = new Set<Socket>()
  readonly #undo: Undo[] = []
  #server!: Server
  #last: { readonly runs: readonly string[]; readonly closed: Promise<unknown> } = EMPTY

  /** Records a request before any middleware. */
  readonly note = (request: IncomingMessage, response: ServerResponse): void => {
    this.#last = { runs: this.middlewareRuns.of(request), closed: once(response, 'close') }
  }

  /** Listens on a free port of the loopback interface. */
  async listen(server: Server): Promise<this> {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return this
  }

  /** Sends a message. @returns the answer */
  async ask({ client }: Socketed, text: string): Promise<string | undefined> {
    return (await client.send(frame(text)).texts(1))[0]
  }

  get server(): Server {
    return this.#server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Adds a function that is called when the app is closed. */
  later(undo: Undo): void {
    this.#undo.push(undo)
  }

  async close(): Promise<void> {
    await this.hub.close({ within: 0 })
    for (const socket of this.#sockets) socket.destroy()
    for (const undo of this.#undo.toReversed()) await undo()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Requests a page. */
  async page(path: string, { fields, ...ask }: Ask = {}): Promise<Result> {
    const length = ask.body ? { 'Content-Length': String(ask.body.length) } : {}
    const [client, answer] = await this.#ask(
      plain(path, { ...ask, fields: { ...fields, ...length, Connection: 'close' } }),
    )
    client.socket.destroy()
    return this.#result(answer, answer.body)
  }

  /** Sends an upgrade. If it is accepted, resolves after one message was answered. */
  async socket(path: string, ask: Ask = {}): Promise<Socketed> {
    const [client, answer] = await this.#ask(handshake(path, ask))
    if (answer.status !== 101) return { ...(await this.#result(answer, answer.body)), client }
    const [who = ''] = await client.texts(1)
    const result = { ...(await this.#result(answer, who)), client }
    const echo = await this.ask(result, 'hello?')
    if (echo === undefined) throw new Error(`The hub answered ${echo}.`)
    return result
  }

  /** Requests a page and then sends an upgrade to the same path. */
  async both(path: string, ask: Ask = {}): Promise<{ readonly page: Result; readonly socket: Socketed }> {
    return { page: await this.page(path, ask), socket: await this.socket(path, ask) }
  }

  /** Sends a form. @returns the Cookie header for the cookies of the answer */
  async login(path: string, form: Readonly<Record<string, string>> = {}, fields: Fields = {}): Promise<string> {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams(form).toString()
    const result = await this.page(path, { method: 'POST', body, fields: { ...type, ...fields } })
    if (result.status >= 400) throw new Error(`No login: ${result.status} ${result.body}`)
    return jar(result)
  }

  async #ask(bytes: string): Promise<[RawClient, Answer]> {
    this.#last = EMPTY
    const client = new RawClient(this.port)
    const answer = await client.send(bytes).answer()
    if (!answer) throw new Error('The server cut the connection without an answer.')
    return [client, answer]
  }

  async #result(answer: Answer, body: string): Promise<Result> {
    const { runs, closed } = this.#last
    await closed
    const { status, lines: headers } = answer
    return { status, headers, body, cookies: answer.all('set-cookie'), runs, header: (name) => answer.header(name) }
  }
}

const EMPTY = { runs: [], closed: Promise.resolve() }

/** The Cookie header of a client that has got this result. */
export function jar(...results: readonly Pick<Result, 'cookies'>[]): string {
  const pairs = results.flatMap(({ cookies }) => cookies.map((line) => (line.split(';', 1)[0] as string).split('=')))
  return Object.entries(Object.fromEntries(pairs.map(([name = '', ...value]) => [name, value.join('=')])))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

/** Apps that are closed after each test of the surrounding `describe`. */
export function testApps(): (testApp: MiddlewareApp) => MiddlewareApp {
  const open: MiddlewareApp[] = []
  afterEach(async () => {
    for (const testApp of open.splice(0)) await testApp.close()
  })
  return (testApp) => {
    open.push(testApp)
    return testApp
  }
}
