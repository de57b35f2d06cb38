import type { IncomingHttpHeaders } from 'node:http'
import { kindOf } from '../util/option-rules.js'
import { HubError, quote } from '../errors.js'
import { presenceText } from '../presence/presence-text.js'
import { isThenable } from '../util/thenable.js'

/** The user and the properties of a new connection; the app returns it from `describe` in `upgrade(hub, describe)`. */
export interface Identity<Data = unknown> {
  /** The user of the connection; `hub.user(id)` reaches all connections of a user. */
  readonly user?: string | undefined
  /** Any value of the app; it becomes `connection.data`. */
  readonly data?: Data | undefined
  /** Rooms to join before `onOpen`. */
  readonly rooms?: readonly string[] | undefined
  /** When the connection closes with 4401, in milliseconds since 1970 (a JWT's `exp * 1000`) or as a `Date`. */
  readonly expiresAt?: number | Date | undefined
  /** The login session that the connection belongs to; `hub.session(id)` reaches all connections of a session. */
  readonly session?: string | undefined
  /** What members of rooms with presence see of the user, as JSON text. */
  readonly presence?: string | undefined
}

/** The request with which a connection began. */
export interface Handshake {
  /** The request's target as it came: path and query. Node refuses control characters in it. */
  readonly url: string
  /** The headers as they were received. Use `quote()` before you log them. */
  readonly headers: IncomingHttpHeaders
  /** The client's address, according to the framework's proxy setting. */
  readonly address: string
  /** The host that the client asked for, with its port, according to the framework's proxy setting. */
  readonly host: string
  /** Whether the client uses TLS, according to the framework's proxy setting. */
  readonly secure: boolean
  /** The selected subprotocol; empty if none was. */
  readonly protocol: string
  /** When the handshake arrived, on the clock of the server. */
  readonly time: Date
}

const CHECKS: Readonly<Record<keyof Identity, (value: unknown) => boolean>> = {
  user: (value) => typeof value === 'string' && value !== '',
  data: () => true,
  rooms: (value) => Array.isArray(value) && value.every((room) => typeof room === 'string'),
  expiresAt: (value) => isMoment(value instanceof Date ? value.getTime() : value),
  session: (value) => typeof value === 'string' && value !== '',
  presence: () => true,
}

const EXPECTED: Readonly<Record<keyof Identity, string>> = {
  user: 'a non-empty string',
  data: 'anything',
  rooms: 'an array of strings',
  expiresAt: 'milliseconds since 1970, such as exp * 1000, or a Date, after the year 2000',
  session: 'a non-empty string',
  presence: 'JSON',
}

const KEYS = Object.keys(CHECKS) as readonly (keyof Identity)[]

function isUnknown(key: string): boolean {
  return !Object.hasOwn(CHECKS, key)
}

/** Refuses a time in seconds: it would mean January 1970, and the connection would close at once. */
function isMoment(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) >= Date.UTC(2000)
}

/** Checks what an app's `describe` returned. @throws HubError `invalid_description` that names the property */
export function checkIdentity<Data>(value: unknown): Identity<Data> {
  if (!isPlainObject(value)) throw invalidIdentity(`describe() must return a plain object, not ${kindOf(value)}`)
  const unknown = Object.keys(value).find(isUnknown)
  if (unknown !== undefined) {
    const known = Object.keys(CHECKS).join(', ')
    throw invalidIdentity(`describe() returned the unknown property ${quote(unknown)}; known are: ${known}`)
  }
  for (const key of KEYS) {
    const part = (value as Identity)[key]
    if (part === undefined || CHECKS[key](part)) continue
    if (isThenable(part)) throw invalidIdentity(`The property ${key} that describe() returned is a promise: await it`)
    throw invalidIdentity(
      `The property ${key} that describe() returned must be ${EXPECTED[key]}, not ${wrongPart(key, part)}`,
    )
  }
  return { ...value, presence: presenceIn(value) }
}

/** The kind of a wrong property. For a time of the right kind it is the value, because a number that is too small is often in seconds. */
function wrongPart(key: keyof Identity, part: unknown): string {
  if (key !== 'expiresAt') return kindOf(part)
  if (typeof part === 'number' && !Number.isNaN(part)) return `${part}${isInSeconds(part) ? ' (seconds?)' : ''}`
  return part instanceof Date && !Number.isNaN(part.getTime()) ? part.toISOString() : kindOf(part)
}

/** Whether a time is after the year 2000 if it is in seconds. */
function isInSeconds(time: number): boolean {
  return isMoment(time * 1000)
}

function presenceIn({ presence }: { readonly presence?: unknown }): string | undefined {
  try {
    return presenceText(presence)
  } catch (error) {
    throw invalidIdentity(`The property presence that describe() returned is wrong. ${(error as Error).message}`)
  }
}

/** False for arrays and instances of classes: either would be taken for an identity without a user. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Plain objects of another realm have another prototype than ours, but that one has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function invalidIdentity(message: string): HubError {
  return new HubError('invalid_description', message.endsWith('.') ? message : `${message}.`)
}
