import { isUtf8 } from 'node:buffer'
import type { Address, Command } from '../rooms/audience.js'
import { isClosable } from '../connection/closure.js'
import { decodeJson, encode } from '../protocol/codec.js'
import { CloseCode, isFinal } from '../protocol/index.js'

/** A question to other servers: what one of them answers goes to the topic of the server that asks. */
export interface Question {
  readonly id: string
  /** The server that waits for the answers. */
  readonly server: string
  /** Where it is for the members of an audience; otherwise it is about the server itself. */
  readonly request?: { readonly type: string; readonly payload?: unknown; readonly timeout: number }
}

/** What a server answers. */
export interface Answer {
  readonly id: string
  readonly payload?: unknown
}

/** What one server tells the others: frames for an audience, something to be done to it, or something to be known. */
export interface Parcel {
  /** Set where the same parcel may arrive more than once. */
  readonly id: string | undefined
  readonly address: Address
  /** A whole unmasked WebSocket frame, ready for the sockets of the receiver. */
  readonly frame?: Buffer
  /** The JSON text of an event up to its last brace: its position follows, which the broker knows first. */
  readonly event?: Buffer
  readonly command?: Command
  readonly question?: Question
  readonly answer?: Answer
}

/** Whether people are sent away for good: those too whose handshake is under way, on whatever server. */
export function keepsOut({ scope }: Pick<Address, 'scope'>, code: number): boolean {
  return (scope === 'user' || scope === 'session') && isFinal(code) && code !== CloseCode.Replaced
}

const VERSION = 1
const HEAD = 5

/** A parcel as bytes: version (1 byte), length of the label (4 bytes), label as JSON, frame or event. */
export function pack({ id, address, frame, event, ...rest }: Parcel): Buffer {
  const { scope, names, except, exceptRooms, exceptUsers } = address
  // A frame knows its own length.
  const is = event ? { is: 'event', length: event.length } : {}
  const users = exceptUsers && { exceptUsers: [...exceptUsers] }
  const label = Buffer.from(encode({ id, scope, names, except: [...except], exceptRooms, ...users, ...rest, ...is }))
  const head = Buffer.alloc(HEAD)
  head.writeUInt8(VERSION)
  head.writeUInt32BE(label.length, 1)
  const body = frame ?? event
  return Buffer.concat(body ? [head, label, body] : [head, label])
}

/** The parcel in these bytes, or `undefined` where they are none of this version. */
export function unpack(bytes: Uint8Array): Parcel | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD || buffer.readUInt8() !== VERSION) return undefined
  const end = HEAD + buffer.readUInt32BE(1)
  if (end > buffer.length) return undefined
  const label = decodeJson(buffer.toString('utf8', HEAD, end)) as Label | undefined
  if (!isLabel(label)) return undefined
  const content = contentOf(label, buffer.subarray(end))
  const { id } = label
  return content && { id, address: addressOf(label), ...content }
}

function addressOf({ scope, names, except, exceptRooms, exceptUsers }: Label): Address {
  const users = exceptUsers && { exceptUsers: new Set(exceptUsers) }
  return { scope, names, except: new Set(except), ...(exceptRooms && { exceptRooms }), ...users }
}

function contentOf({ command, question, answer, is, length }: Label, body: Buffer): Partial<Parcel> | undefined {
  if (isCommand(command)) return { command }
  if (isQuestion(question)) return { question }
  if (typeof answer?.id === 'string') return { answer }
  if (body.length === 0) return undefined
  if (is !== 'event') return { frame: body }
  return length === body.length && isEvent(body) ? { event: body } : undefined
}

/** Whether this is an object of JSON without its last brace: clients would close for what is not. */
function isEvent(body: Buffer): boolean {
  if (!isUtf8(body)) return false
  const event = decodeJson(`${body.toString()}}`)
  return typeof event === 'object' && event !== null && !Array.isArray(event)
}

interface Label {
  readonly id: string | undefined
  readonly scope: Address['scope']
  readonly names: string[]
  readonly except: string[]
  readonly exceptUsers?: string[]
  readonly exceptRooms?: string[]
  readonly is?: unknown
  readonly length?: unknown
  readonly command?: Command
  readonly question?: Question
  readonly answer?: Answer
}

const SCOPES: readonly unknown[] = ['hub', 'room', 'user', 'session', 'connection', 'server']

function isLabel(value: Partial<Label> | undefined): value is Label {
  if (value?.id !== undefined && typeof value.id !== 'string') return false
  if (value?.exceptUsers !== undefined && !areStrings(value.exceptUsers)) return false
  if (value?.exceptRooms !== undefined && !areStrings(value.exceptRooms)) return false
  return SCOPES.includes(value?.scope) && areStrings(value?.names) && areStrings(value?.except)
}

function areStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isClosure(code: unknown, reason: unknown): boolean {
  return typeof code === 'number' && typeof reason === 'string' && isClosable(code, reason)
}

function isCommand(value: Partial<Record<string, unknown>> | undefined): value is Command {
  if (value?.do === 'disconnect') return isClosure(value.code, value.reason)
  return (value?.do === 'join' || value?.do === 'leave') && typeof value.room === 'string'
}

function isQuestion(value: Partial<Record<keyof Question, unknown>> | undefined): value is Question {
  if (typeof value?.id !== 'string' || typeof value.server !== 'string') return false
  const request = value.request as Partial<Record<string, unknown>> | null | undefined
  if (request === undefined) return true
  return typeof request?.type === 'string' && typeof request.timeout === 'number' && request.timeout > 0
}
