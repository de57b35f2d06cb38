import { isUtf8 } from 'node:buffer'
import type { Address, Command } from '../rooms/address.js'
import { isClosable } from '../connection/closure.js'
import { decodeJson, encode } from '../protocol/codec.js'
import { isReserved } from '../protocol/envelope.js'
import { CloseCode, isFinal } from '../protocol/index.js'

/** A question to other servers. They answer on the topic of the server that asks. */
export interface ClusterRequest {
  readonly id: string
  /** The server that waits for the answers. */
  readonly server: string
  /**
   * The kind of the question: `list` asks for connections, `servers` for any answer, others are queries of other packages.
   * A server answers an unknown kind without a payload. Absent for a request, and for a question about counts.
   */
  readonly kind?: unknown
  /** The arguments of the question. */
  readonly about?: unknown
  /** Set if the question is for the members of an audience. Otherwise it is about the server itself. */
  readonly request?: { readonly type: string; readonly payload?: unknown; readonly timeout: number }
}

/** The answer of a server to a question. */
export interface ClusterReply {
  readonly id: string
  /** The server that answers. */
  readonly server?: string
  readonly payload?: unknown
}

/** A message that the app on another server has sent to the app on this one. */
export interface ServerMessage {
  readonly type: string
  readonly payload?: unknown
  /** The id of the server that has sent it. */
  readonly server: string
}

/** A message between servers: a frame, an event or a command for an audience, a question, an answer or a notice. */
export interface ClusterMessage {
  /** Set if the same message may arrive more than once. */
  readonly id: string | undefined
  readonly address: Address
  /** A whole unmasked WebSocket frame, ready for the sockets of the receiver. */
  readonly frame?: Buffer
  /** Set if the frame may be dropped; a string is the slot in which it replaces an older one. */
  readonly volatile?: true | string
  /** The JSON text of an event without its last brace: receivers append the position, which the broker determines. */
  readonly event?: Buffer
  readonly command?: Command
  /** Whether every server must get the command, or must answer the question. */
  readonly everywhere?: boolean
  readonly question?: ClusterRequest
  readonly answer?: ClusterReply
  /** A message of the app for the other servers themselves. */
  readonly notice?: ServerMessage
}

/** Whether a disconnect revokes a user or a session: it then also ends handshakes in progress, on every server. */
export function isRevocation({ scope }: Pick<Address, 'scope'>, code: number): boolean {
  return (scope === 'user' || scope === 'session') && isFinal(code) && code !== CloseCode.Replaced
}

const MESSAGE_VERSION = 1
const PREFIX_BYTES = 5

/** A message as bytes: version (1 byte), length of the header (4 bytes), header as JSON, frame or event. */
export function encodeMessage({ id, address, frame, event, ...rest }: ClusterMessage): Buffer {
  const { scope, names, except, exceptRooms, exceptUsers } = address
  // A frame contains its own length.
  const is = event ? { is: 'event', length: event.length } : {}
  const users = exceptUsers && { exceptUsers: [...exceptUsers] }
  const header = Buffer.from(encode({ id, scope, names, except: [...except], exceptRooms, ...users, ...rest, ...is }))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt8(MESSAGE_VERSION)
  prefix.writeUInt32BE(header.length, 1)
  const body = frame ?? event
  return Buffer.concat(body ? [prefix, header, body] : [prefix, header])
}

/** The message in these bytes; `undefined` if they are not a message of this version. */
export function decodeMessage(bytes: Uint8Array): ClusterMessage | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < PREFIX_BYTES || buffer.readUInt8() !== MESSAGE_VERSION) return undefined
  const end = PREFIX_BYTES + buffer.readUInt32BE(1)
  if (end > buffer.length) return undefined
  const header = decodeJson(buffer.toString('utf8', PREFIX_BYTES, end)) as MessageHeader | undefined
  if (!isHeader(header)) return undefined
  const content = contentOf(header, buffer.subarray(end))
  const { id } = header
  return content && { id, address: addressOf(header), ...content }
}

function addressOf({ scope, names, except, exceptRooms, exceptUsers }: MessageHeader): Address {
  const users = exceptUsers && { exceptUsers: new Set(exceptUsers) }
  return { scope, names, except: new Set(except), ...(exceptRooms && { exceptRooms }), ...users }
}

function contentOf(
  { scope, command, everywhere, question, answer, notice, is, length, volatile }: MessageHeader,
  body: Buffer,
): Partial<ClusterMessage> | undefined {
  if (isCommand(command)) return { command, ...(everywhere === true && { everywhere }) }
  if (isRequest(question)) return { question, ...(everywhere === true && { everywhere }) }
  if (typeof answer?.id === 'string') return { answer }
  if (scope === 'server' && isNotice(notice)) return { notice }
  if (body.length === 0) return undefined
  if (is !== 'event') return frameOf(body, volatile)
  return length === body.length && isEvent(body) ? { event: body } : undefined
}

function frameOf(frame: Buffer, volatile: unknown): Partial<ClusterMessage> | undefined {
  if (volatile === undefined) return { frame }
  return volatile === true || typeof volatile === 'string' ? { frame, volatile } : undefined
}

/** Whether this is a JSON object without its last brace. Anything else would make clients close their connections. */
function isEvent(body: Buffer): boolean {
  if (!isUtf8(body)) return false
  const event = decodeJson(`${body.toString()}}`)
  return typeof event === 'object' && event !== null && !Array.isArray(event)
}

interface MessageHeader {
  readonly id: string | undefined
  readonly scope: Address['scope']
  readonly names: string[]
  readonly except: string[]
  readonly exceptUsers?: string[]
  readonly exceptRooms?: string[]
  readonly is?: unknown
  readonly length?: unknown
  readonly volatile?: unknown
  readonly everywhere?: unknown
  readonly command?: Command
  readonly question?: ClusterRequest
  readonly answer?: ClusterReply
  readonly notice?: ServerMessage
}

const SCOPES: readonly unknown[] = ['hub', 'room', 'user', 'session', 'connection', 'server']

function isHeader(value: Partial<MessageHeader> | undefined): value is MessageHeader {
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

function isNotice(value: Partial<Record<keyof ServerMessage, unknown>> | undefined): value is ServerMessage {
  if (typeof value?.server !== 'string' || typeof value.type !== 'string') return false
  return value.type !== '' && !isReserved(value.type)
}

function isRequest(value: Partial<Record<keyof ClusterRequest, unknown>> | undefined): value is ClusterRequest {
  if (typeof value?.id !== 'string' || typeof value.server !== 'string') return false
  const request = value.request as Partial<Record<string, unknown>> | null | undefined
  if (request === undefined) return true
  return typeof request?.type === 'string' && typeof request.timeout === 'number' && request.timeout > 0
}
