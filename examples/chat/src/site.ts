import { join } from 'node:path'
import type { Person } from './hub.js'

// Parts of the site that all frameworks share.

/** The folder of the page. */
export const PAGE = join(__dirname, '../public')

/** The client as one file, which the page imports without a bundler. */
export const CLIENT = require.resolve('@wshub/client/browser')

export const COOKIE = 'chat.sid'

/** Milliseconds: a week. */
export const LOGIN_LASTS = 7 * 24 * 60 * 60 * 1000

/** Bytes of a request's body. */
export const LARGEST_BODY = 100 * 1024

/** Headers of every answer: the page may load nothing and connect to nothing but this server. */
export const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** The chat has no passwords: every user can log in with any name. */
export function personNamed(name: string): Person {
  return { id: name.toLowerCase(), name }
}
