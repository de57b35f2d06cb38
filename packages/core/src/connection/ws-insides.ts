/** What ws keeps to itself, in the one place that looks there. Where a name is gone one day, so is what it did for us. */
interface Insides {
  readonly _extensions?: Record<string, { cleanup?: () => void } | undefined>
  readonly _receiver?: Receiver
}

interface Receiver {
  readonly _errored?: boolean
  _write?(...args: Written): void
}

type Written = [chunk: Buffer, encoding: BufferEncoding, done: () => void]

/**
 * Frees the inflater that ws keeps after a compressed message: 18 KiB a connection that nothing needs before the next
 * one. Without it the memory stays and everything else works.
 */
export function releaseInflater(ws: object): void {
  const { _extensions: extensions } = ws as Insides
  extensions?.['permessage-deflate']?.cleanup?.()
}

/**
 * While ws inflates a message, the chunks behind it wait in its stream, and a stream goes on with those although one of
 * them has failed. ws would deliver what comes behind a broken frame, and throw where nobody can catch it once the socket
 * is gone. Without compression nothing waits.
 */
export function stopAtFailure(ws: object): void {
  const { _receiver: receiver } = ws as Insides
  if (receiver && typeof Reflect.get(receiver, '_write') === 'function') Object.assign(receiver, { _write: guarded })
}

function guarded(this: Receiver, ...args: Written): void {
  const { _errored: failed } = this
  const { _write: write } = Reflect.getPrototypeOf(this) as Required<Receiver>
  if (failed) args[2]()
  else write.apply(this, args)
}
