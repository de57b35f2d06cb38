import type { Duplex } from 'node:stream'

/**
 * Once so many bytes have come before the handshake is answered, the socket is not read any more. One read brings up to
 * 64 KiB, and as much may have come with the request, so a pending handshake holds at most 128 KiB. A client has nothing to say before it has an answer.
 */
const MAX_EARLY_BYTES = 16 * 1024
/** The same for all pending handshakes of the process together. */
const MAX_ALL_EARLY_BYTES = 16 * 1024 * 1024

let held = 0

/** Bytes that are held for all pending handshakes of this process. */
export function earlyBytes(): number {
  return held
}

type Readable = Duplex & {
  /** Node's own. `pause()` alone lets the stream read on until its buffer is full. */
  readonly _handle?: { reading?: boolean; readStop?: () => void; readStart?: () => void } | null
}

/** Reads a socket during its handshake: keeps what the client sends, and destroys the socket if the client closes it. */
export class EarlyData {
  readonly #socket: Readable
  readonly #chunks: Buffer[] = []
  #size = 0
  readonly #keep = (chunk: Buffer): void => {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    held += chunk.length
    if (this.#size >= MAX_EARLY_BYTES || held >= MAX_ALL_EARLY_BYTES) stopReading(this.#socket)
  }
  readonly #leave = (): void => void this.#socket.destroy()
  readonly #release = (): void => {
    held -= this.#size
    this.#size = 0
  }

  /** @param begun bytes that have come with the request */
  constructor(socket: Duplex, begun: number) {
    this.#socket = socket
    // What the stream has read by itself stays there: to take it would make room for more.
    if (begun + socket.readableLength >= MAX_EARLY_BYTES) stopReading(socket)
    else socket.on('data', this.#keep).once('end', this.#leave).once('close', this.#release)
  }

  /** Stops reading. @returns what has come */
  stop(): readonly Buffer[] {
    this.#socket.off('data', this.#keep).off('end', this.#leave).off('close', this.#release)
    this.#release()
    startReading(this.#socket)
    return this.#chunks
  }
}

function stopReading(socket: Readable): void {
  socket.pause()
  const { _handle: handle } = socket
  if (!handle?.readStop || !handle.readStart || handle.reading !== true) return
  handle.reading = false
  handle.readStop()
}

// The stream still waits for the read that was stopped, and would not ask for another one.
function startReading({ _handle: handle }: Readable): void {
  if (!handle?.readStart || handle.reading !== false) return
  handle.reading = true
  handle.readStart()
}
