import { type Context, type HubOptions, Router } from '../src/index.js'
import { HubServer } from './hub-server.js'
import { partsOf } from './internals.js'
import { latch } from '../../../test/support/wait.js'

/** What a generator of a test has done. */
export interface Seen {
  /** How often `finally` has run. */
  ended: number
  /** The codes or names of the errors with which `context.signal` was aborted. */
  readonly aborted: unknown[]
}

/** A hub that streams the type `stream`, and what its generators have done. */
export function streamServer(
  values: (context: Context) => AsyncIterable<unknown>,
  options: Omit<HubOptions, 'router'> = {},
): { readonly hubServer: HubServer; readonly seen: Seen; readonly slots: () => number } {
  const seen: Seen = { ended: 0, aborted: [] }
  const router = new Router()
    .handle('stream', async function* (context) {
      context.signal.addEventListener('abort', () => seen.aborted.push(codeOf(context.signal.reason)))
      try {
        return yield* values(context)
      } finally {
        seen.ended += 1
      }
    })
    .handle('echo', ({ payload }) => payload)
  const hubServer = new HubServer({ router, ...options })
  return { hubServer, seen, slots: () => slotsOf(hubServer) }
}

/** The slots that streams have, and 0 only if nothing is held for a connection. */
function slotsOf({ hub }: HubServer): number {
  const { size, connections } = partsOf(hub).replyStreams
  return Math.max(size, connections)
}

/** Yields `first`, and then waits until the test continues it. */
export function held(first: unknown): { readonly values: () => AsyncGenerator; readonly release: () => void } {
  const { held: wait, release } = latch()
  async function* values(): AsyncGenerator {
    yield first
    await wait
    yield 'late'
  }
  return { values, release }
}

/** Whole numbers from 0, without an await, for ever unless there is an end. */
export async function* numbers(end = Infinity): AsyncGenerator<number, string> {
  for (let value = 0; value < end; value += 1) yield value
  return 'done'
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code ?? (error as Error).name
}
