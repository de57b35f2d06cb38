import type { Address, Command } from '../rooms/audience.js'
import { isClosable } from '../connection/closure.js'
import { decodeJson, encode } from '../protocol/codec.js'

/** What one server tells the others: frames for an audience, or something to be done to it. */
export interface Parcel {
  /** Set where the same parcel travels on several topics. */
  readonly id: string | undefined
  readonly address: Address
  /** A whole unmasked WebSocket frame, ready for the sockets of the receiver. */
  readonly frame?: Buffer
  readonly command?: Command
}

const VERSION = 1
const HEAD = 5

/** A parcel as bytes: version (1 byte), length of the label (4 bytes), label as JSON, frame. */
export function pack({ id, address: { scope, names, except }, command, frame }: Parcel): Buffer {
  const label = Buffer.from(encode({ id, scope, names, except: [...except], command }))
  const head = Buffer.alloc(HEAD)
  head.writeUInt8(VERSION)
  head.writeUInt32BE(label.length, 1)
  return Buffer.concat(frame ? [head, label, frame] : [head, label])
}

/** The parcel in these bytes, or `undefined` where they are none of this version. */
export function unpack(bytes: Uint8Array): Parcel | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD || buffer.readUInt8() !== VERSION) return undefined
  const end = HEAD + buffer.readUInt32BE(1)
  if (end > buffer.length) return undefined
  const label = decodeJson(buffer.toString('utf8', HEAD, end)) as Label | undefined
  if (!isLabel(label)) return undefined
  const { id, scope, names, except, command } = label
  const address: Address = { scope, names, except: new Set(except) }
  if (isCommand(command)) return { id, address, command }
  return end < buffer.length ? { id, address, frame: buffer.subarray(end) } : undefined
}

interface Label {
  readonly id: string | undefined
  readonly scope: Address['scope']
  readonly names: string[]
  readonly except: string[]
  readonly command?: Command
}

const SCOPES: readonly unknown[] = ['hub', 'room', 'user', 'session', 'connection']

function isLabel(value: Partial<Label> | undefined): value is Label {
  if (value?.id !== undefined && typeof value.id !== 'string') return false
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
