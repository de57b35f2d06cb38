import type { Duplex } from 'node:stream'

/**
 * Once this many bytes have arrived before the handshake is answered, the socket is not read any more. One read brings up to
 * 64 KiB, and as much may have come with the request, so a pending handshake holds at most 128 KiB. This harms no client, because
 * a client has no reason to send data before it has an answer.
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
  /** Node's handle of the socket. After `pause()` alone, the stream reads on until its buffer is full. */
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
  readonly #destroy = (): void => void this.#socket.destroy()
  readonly #release = (): void => {
    held -= this.#size
    this.#size = 0
  }

  /** @param headBytes bytes that have come with the request */
  constructor(socket: Duplex, headBytes: number) {
    this.#socket = socket
    // Bytes that the stream has already read stay in its buffer: taking them out would make room for more.
    if (headBytes + socket.readableLength >= MAX_EARLY_BYTES) stopReading(socket)
    else socket.on('data', this.#keep).once('end', this.#destroy).once('close', this.#release)
  }

  /** Stops collecting, and lets the socket be read again. @returns the collected bytes */
  stop(): readonly Buffer[] {
    this.#socket.off('data', this.#keep).off('end', this.#destroy).off('close', this.#release)
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

// The stream still waits for the read that was stopped, and would not start another one.
function startReading({ _handle: handle }: Readable): void {
  if (!handle?.readStart || handle.reading !== false) return
  handle.reading = true
  handle.readStart()
}
