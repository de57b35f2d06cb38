import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

// A login by a token, as apps without sessions have it.

const users = new Map<string, string>()

/** @returns a token of the user */
export function login(user: string): string {
  const token = randomUUID()
  users.set(token, user)
  return token
}

/**
 * The user of a request, by its header `Authorization`. A page can't set that header for a WebSocket, so the pages before
 * the move put the token into the address.
 */
export function userOf({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): string | undefined {
  const token = headers.authorization?.replace('Bearer ', '')
  return users.get(token ?? new URL(url, 'http://localhost').searchParams.get('token') ?? '')
}
