import type { Connection } from '@wshub/core'
import type { HubInspection, MessageTap } from '@wshub/core/internal'
import type { InspectedMessages } from './inspector-options.js'

/** One message as the page shows it. */
export interface RecordedMessage {
  readonly direction: 'in' | 'out'
  /** Milliseconds since 1970. */
  readonly time: number
  /** Bytes of the message. */
  readonly bytes: number
  /** The text that `redact` returned, cut after 2,000 characters; absent for bytes, and if `redact` returned no text. */
  readonly text?: string
  /** Whether the text was cut. */
  readonly isCut?: boolean
}

interface Recording {
  readonly messages: RecordedMessage[]
  readonly expiry: NodeJS.Timeout
}

/** Milliseconds after the last call of `look` until the recording of a connection ends. */
const RECORDING_MS = 15_000
/** The most connections that are recorded at the same time. If one more is recorded, the oldest recording ends. */
const MAX_RECORDINGS = 20
/** The most characters of a text that are shown. */
const MAX_TEXT_LENGTH = 2000

/** Keeps the last messages of the connections whose pages are open, and of no other. */
export class MessageRecorder {
  readonly #taps: HubInspection['taps']
  readonly #options: InspectedMessages
  readonly #recordings = new Map<Connection, Recording>()

  constructor(taps: HubInspection['taps'], options: InspectedMessages) {
    this.#taps = taps
    this.#options = options
  }

  /** The last messages of a connection since its page was opened, oldest first. Extends the recording by `RECORDING_MS`. */
  record(connection: Connection): readonly RecordedMessage[] {
    const recording = this.#recordings.get(connection) ?? this.#begin(connection)
    recording.expiry.refresh()
    return recording.messages
  }

  #begin(connection: Connection): Recording {
    const [oldest] = this.#recordings.keys()
    if (oldest && this.#recordings.size >= MAX_RECORDINGS) this.#end(oldest)
    const expiry = setTimeout(() => this.#end(connection), RECORDING_MS).unref()
    const recording: Recording = { messages: [], expiry }
    this.#recordings.set(connection, recording)
    this.#taps.add(connection, this.#tapOf(connection, recording))
    return recording
  }

  #end(connection: Connection): void {
    clearTimeout(this.#recordings.get(connection)?.expiry)
    this.#recordings.delete(connection)
    this.#taps.remove(connection)
  }

  #tapOf(connection: Connection, { messages }: Recording): MessageTap {
    const { last = 20 } = this.#options
    const keep = (direction: RecordedMessage['direction'], data: string | Uint8Array): void => {
      messages.push({ direction, time: Date.now(), ...this.#shown(data, { direction, connection }) })
      if (messages.length > last) messages.shift()
    }
    return {
      received: (data, binary) => keep('in', binary ? data : data.toString()),
      sent: (data) => keep('out', data),
    }
  }

  #shown(
    data: string | Uint8Array,
    origin: { readonly direction: RecordedMessage['direction']; readonly connection: Connection },
  ): Pick<RecordedMessage, 'bytes' | 'text' | 'isCut'> {
    if (typeof data !== 'string') return { bytes: data.length }
    const bytes = Buffer.byteLength(data)
    const text = this.#redacted(data, origin)
    if (typeof text !== 'string') return { bytes }
    // Copied, because a slice of a string would keep the whole string in memory.
    const isCut = text.length > MAX_TEXT_LENGTH
    return {
      bytes,
      text: isCut ? Buffer.from(text.slice(0, MAX_TEXT_LENGTH)).toString() : text,
      ...(isCut && { isCut }),
    }
  }

  // If the app's function throws, the connection must not end, and the message must not be shown.
  #redacted(text: string, origin: Parameters<InspectedMessages['redact']>[1]): unknown {
    try {
      return this.#options.redact(text, origin)
    } catch {
      return undefined
    }
  }
}
