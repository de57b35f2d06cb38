import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { Client } from '../client.js'
import type { PresenceEntry } from '../machine/state.js'
import type { RoomHolderOptions } from '../options.js'
import type { ListenerOf } from '../runner.js'
import type { Status } from '../status.js'
import type { EventsOf, Name, PresenceOf } from '../types.js'
import { RoomSource, type RoomView } from './room-view.js'

export type { RoomView } from './room-view.js'

const CONNECTING: Status = { state: 'connecting' }

/** The status of the client. A server renders `connecting`. */
export function useConnectionStatus<Router>(client: Client<Router>): Status {
  const subscribe = useMemo(() => (onChange: () => void) => client.onStatus(onChange), [client])
  return useSyncExternalStore(
    subscribe,
    () => client.status,
    () => CONNECTING,
  )
}

/**
 * Holds a room while the component is mounted. `from` and `load` are read when it mounts. If the name, `payload` or `last`
 * changes, the component leaves the room and holds it again with the new values.
 */
export function useRoom<Router>(
  client: Client<Router>,
  name: string,
  options: RoomHolderOptions = {},
): RoomView<Router> {
  const key = JSON.stringify([name, options.payload, options.last])
  const source = useMemo(() => new RoomSource(client, name, options), [client, key])
  return useSyncExternalStore(source.subscribe, source.view, source.view)
}

/** Calls the newest listener with every event of a type, of the whole client or of one room. */
export function useEvent<Router, Type extends Name<EventsOf<Router>>>(
  of: Client<Router> | RoomView<Router>,
  type: Type,
  listener: ListenerOf<EventsOf<Router>[Type]>,
): void {
  const latest = useRef(listener)
  const source = 'source' in of ? of.source : of
  useEffect(() => {
    latest.current = listener
  })
  useEffect(() => {
    const newest: ListenerOf<EventsOf<Router>[Type]> = (payload, meta) => latest.current(payload, meta)
    return source.on(type, newest)
  }, [source, type])
}

/** The entries of the users in the room, one for each user. */
export function usePresence<Router>({ source }: RoomView<Router>): readonly PresenceEntry<PresenceOf<Router>>[] {
  return useSyncExternalStore(source.subscribe, source.presence, source.noUsers)
}

/** How many users are in the room, also if it is too large for a list. */
export function usePresenceCount<Router>({ source }: RoomView<Router>): number {
  return useSyncExternalStore(source.subscribe, source.presenceCount, () => 0)
}
