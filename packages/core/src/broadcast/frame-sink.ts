/** The socket under an outbox. */
export interface FrameSink {
  /** False once it has ended or was lost. */
  readonly writable: boolean
  /** Bytes that it holds because the kernel does not take them yet. */
  readonly writableLength: number
  write(bytes: Buffer): unknown
  /** Whether it emits `drain` once the kernel has taken what it holds. */
  readonly writableNeedDrain: boolean
  once(event: 'drain', listener: () => void): unknown
}
