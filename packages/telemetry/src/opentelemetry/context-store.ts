import { AsyncLocalStorage } from 'node:async_hooks'
import type { Channel } from 'node:diagnostics_channel'
import { type Context, context } from '@opentelemetry/api'

/** What `bindStore` of Node takes. */
export type ContextStore = AsyncLocalStorage<Context | undefined>

/**
 * A store for `bindStore` that makes an OpenTelemetry context active.
 * @returns `undefined` if this Node needs the storage of the context manager, and the manager has none
 */
export function contextStore(channel: Channel<Context | undefined, object>): ContextStore | undefined {
  // Up to Node 24 a channel calls only `run` of a store, so this store works with every context manager.
  if (!('withStoreScope' in channel)) return { run: runIn, getStore: noContext } as unknown as ContextStore
  const storage = storageOf(context)
  return storage instanceof AsyncLocalStorage ? (storage as ContextStore) : undefined
}

/** The storage of the context manager. Neither is public in the API. */
function storageOf(api: object): unknown {
  const managerOf: unknown = Reflect.get(api, '_getContextManager')
  const manager: unknown = typeof managerOf === 'function' ? Reflect.apply(managerOf, api, []) : undefined
  return typeof manager === 'object' && manager !== null ? Reflect.get(manager, '_asyncLocalStorage') : undefined
}

function runIn<Result>(active: Context | undefined, work: () => Result): Result {
  return active ? context.with(active, work) : work()
}

/** Without a span, there is no context to make active. */
function noContext(): undefined {
  return undefined
}
