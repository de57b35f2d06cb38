import type { Server } from 'node:http'
import { type ConnectOptions, connect, HandshakeRefused } from '@wshub/core/testing'
import { socketsTo } from '@wshub/client/testing'
import request from 'supertest'

/** Logs a user in. @returns the cookie */
export async function login(server: Server, user: string): Promise<string> {
  const { headers } = await request(server).post(`/login/${user}`)
  const cookies = headers['set-cookie'] as unknown as string[]
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ')
}

/** The class of sockets of a page whose user is logged in. */
export async function pageOf(server: Server, user: string): Promise<typeof globalThis.WebSocket> {
  const sockets: unknown = socketsTo(server, { headers: { cookie: await login(server, user) } })
  return sockets as typeof globalThis.WebSocket
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
