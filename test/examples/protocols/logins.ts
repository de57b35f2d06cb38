import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConnectOptions, connect, HandshakeRefused } from '@wshub/core/testing'
import request from 'supertest'
import { WebSocket } from 'ws'

/** Logs a user in. @returns the cookie */
export async function login(server: Server, user: string): Promise<string> {
  const { headers } = await request(server).post(`/login/${user}`)
  const cookies = headers['set-cookie'] as unknown as string[]
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ')
}

/** Lets a server listen. @returns its address */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The class of sockets of a page, which sends the headers of the page. */
export function socketsWith(headers: Readonly<Record<string, string>>): typeof globalThis.WebSocket {
  const Page = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { headers })
    }
  }
  return Page as unknown as typeof globalThis.WebSocket
}

/** The class of sockets of a page whose user is logged in. */
export async function pageOf(server: Server, user: string): Promise<typeof globalThis.WebSocket> {
  return socketsWith({ cookie: await login(server, user) })
}

/** The status and the body of a refusal. @throws Error if the handshake is accepted */
export async function refusalOf(server: Server, path: string, options: ConnectOptions = {}): Promise<[number, string]> {
  const refusal: unknown = await connect(server, path, options).then(
    () => new Error('The handshake is accepted.'),
    (error: unknown) => error,
  )
  if (!(refusal instanceof HandshakeRefused)) throw refusal
  return [refusal.status, refusal.body]
}
