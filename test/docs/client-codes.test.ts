import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import express from 'express'
import { Client, type Status, type WebSocketClass } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import { attach } from '@wshub/express'
import { ScriptedSocket } from './scripted-socket.js'

// The two tables of the client's README that say what it does, row by row, against the client.

const README = readFileSync(join(__dirname, '../../packages/client/README.md'), 'utf8')

/** The cells of the table whose header begins with a text. */
function rowsOf(header: string): readonly (readonly string[])[] {
  const lines = README.slice(README.indexOf(`| ${header}`)).split('\n')
  const rows = lines.slice(2, lines.indexOf(''))
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

type Outcome = 'final' | 'renews' | 'reconnects'

/** What a row says that the client does. */
function outcomeOf(says: string, hasToken: boolean): Outcome {
  if (says.startsWith('asks `token({ refused: true })` once, and reconnects')) return 'renews'
  if (says.startsWith('reconnects')) return 'reconnects'
  if (says.startsWith('does not reconnect, unless') && hasToken) return 'renews'
  if (says.startsWith('does not reconnect')) return 'final'
  throw new Error(`The test does not understand "${says}".`)
}

interface Seen {
  readonly outcome: Outcome
  readonly status: Status
  /** Milliseconds until the next attempt. */
  readonly wait: number
}

/** The state of a client after its first connection has ended. */
async function seen(WebSocket: WebSocketClass, hasToken: boolean): Promise<Seen> {
  const asked: boolean[] = []
  const token = async ({ refused }: { readonly refused: boolean }): Promise<string> => `t${asked.push(refused)}`
  const client = new Client('ws://app/ws', { WebSocket, ...(hasToken && { token }) })
  try {
    const status = await ended(client)
    const wait = status.state === 'waiting' ? status.retryAt - Date.now() : 0
    if (status.state === 'closed') return { outcome: 'final', status, wait }
    if (!hasToken) return { outcome: 'reconnects', status, wait }
    client.open()
    return { outcome: asked.at(-1) ? 'renews' : 'reconnects', status, wait }
  } finally {
    client.close()
  }
}

function ended(client: Client): Promise<Status> {
  return new Promise((resolve) => {
    client.onStatus((status) => {
      if (status.state === 'waiting' || status.state === 'closed') resolve(status)
    })
  })
}

describe('a close code', () => {
  const cases = rowsOf('the server closes with').flatMap(([codes = '', says = '']) => {
    const hasToken = codes.includes('with `token`')
    return [...codes.matchAll(/`(\d{4})([^`]*)`/g)].map(([, code, reason = '']) => {
      return { code: Number(code), reason: reason.trim(), hasToken, says }
    })
  })

  test('the table names every code of the protocol', () => {
    const named = new Set(cases.map(({ code }) => code))
    const protocol = readFileSync(join(__dirname, '../../docs/protocol.md'), 'utf8')
    const codes = [...protocol.matchAll(/^\| (1\d{3}|4[45]\d{2}) /gm)].map(([, code]) => Number(code))
    expect(codes.length).toBeGreaterThan(10)
    expect(codes.filter((code) => !named.has(code))).toEqual([])
  })

  test.each(cases)('$code $reason (token: $hasToken): the client $says', async ({ code, reason, hasToken, says }) => {
    const { outcome, status, wait } = await seen(ScriptedSocket.closing(code, reason), hasToken)
    const expected = outcomeOf(says, hasToken)
    expect(outcome).toBe(expected)
    const isFinal = expected === 'final'
    expect(status).toMatchObject(isFinal ? { state: 'closed', code, reason, final: true } : { state: 'waiting' })
    const longest = Number(/retry=(\d+)/.exec(reason)?.[1] ?? 1000)
    expect(wait).toBeLessThanOrEqual(longest)
    expect(wait).toBeGreaterThanOrEqual(longest - 1000)
  })
})

describe('an HTTP refusal', () => {
  const cases = rowsOf('the app answers the handshake with').flatMap(([answers = '', codes = '', says = '']) => {
    const closed = codes.split(', ').map(Number)
    const statuses = [...answers.matchAll(/\d{3}/g)].map(([status]) => Number(status))
    const hasToken = answers.includes('`token`')
    return statuses.map((status, index) => ({ status, code: closed[index], hasToken, says }))
  })
  let server: Server

  beforeAll(async () => {
    const app = express()
    app.get('/ws', (req, res) => {
      const status = Number(req.get('status'))
      if (status === 302) return res.redirect('/login')
      if (status === 429) res.set('Retry-After', '7')
      return res.sendStatus(status)
    })
    server = createServer(app)
    attach(server, { refusals: 'close' })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const refusing = (status: number, headers: Readonly<Record<string, string>> = {}): WebSocketClass =>
    socketsTo(server, { headers: { status: `${status}`, ...headers } })

  test.each(cases)('$status (token: $hasToken): the client $says', async ({ status, code, hasToken, says }) => {
    const closed: number[] = []
    const Socket = listening(refusing(status, { origin: 'http://localhost' }), closed)
    const { outcome, wait } = await seen(Socket, hasToken)
    expect([closed, outcome]).toEqual([[code], outcomeOf(says, hasToken)])
    expect(wait).toBeGreaterThanOrEqual(status === 429 ? 6000 : 0)
  })

  test.each([401, 403, 404])('%i to a program is a lost connection, and the client reconnects', async (status) => {
    const closed: number[] = []
    const { outcome } = await seen(listening(refusing(status), closed), false)
    expect([closed, outcome]).toEqual([[1006], 'reconnects'])
  })
})

/** A class of sockets that notes close codes. */
function listening(Socket: WebSocketClass, codes: number[]): WebSocketClass {
  function Listening(url: string, protocols: string[]): InstanceType<WebSocketClass> {
    const socket = new Socket(url, protocols)
    socket.addEventListener('close', (event) => codes.push((event as { code: number }).code))
    return socket
  }
  return Listening as unknown as WebSocketClass
}
