import type { Server } from 'node:http'
import { socketsTo } from '@wshub/client/testing'
import { type ConnectOptions, connect, HandshakeRefused } from '@wshub/core/testing'
import request from 'supertest'

/** Logs a user in. @returns the cookie */
export async function login(server: Server, user: string): Promise<string> {
  const { headers } = await request(server).post(`/login/${user}`)
  const cookies = headers['set-cookie'] as unknown as string[]
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ')
}

/** The class of sockets of a page whose user is logged in. Unlike `socketsTo`, it takes and has all that a browser's does. */
export async function pageOf(server: Server, user: string): Promise<typeof WebSocket> {
  const Sockets = socketsTo(server, { headers: { cookie: await login(server, user) } })
  const Page = function (url: string | URL, protocols: string | string[] = []) {
    return new Sockets(String(url), [protocols].flat())
  }
  return Object.assign(Page, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 }) as unknown as typeof WebSocket
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
