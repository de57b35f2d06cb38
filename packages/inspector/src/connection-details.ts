import type { Connection } from '@wshub/core'
import type { InspectorOptions } from './inspector-options.js'
import type { RecordedMessage } from './message-recorder.js'

/** One connection as the page shows it. */
export interface ConnectionDetails {
  readonly id: string
  readonly user?: string
  readonly address: string
  /** When its handshake came, in milliseconds since 1970 on the clock of its server. */
  readonly since: number
  readonly state: Connection['state']
  /** The first rooms: at most 1,000, and at most 65,536 characters of names. `roomCount` counts all. */
  readonly rooms: readonly string[]
  readonly roomCount: number
  /** Bytes that wait to be sent to it. */
  readonly bufferedAmount: number
  /** Milliseconds of the last heartbeat's round trip. */
  readonly latency?: number
  /** The JSON of the value that the option `data` returned, cut after 10,000 characters. */
  readonly data?: string
  /** Absent if the inspector shows no messages. */
  readonly messages?: readonly RecordedMessage[]
}

const MAX_ROOMS = 1000
/** The most characters of all listed room names together. */
const MAX_NAME_CHARACTERS = 65_536
const MAX_DATA_LENGTH = 10_000

/** Reads a connection of this server. */
export function detailsOf(
  connection: Connection,
  show: { readonly data: InspectorOptions['data']; readonly messages: readonly RecordedMessage[] | undefined },
): ConnectionDetails {
  const { id, user, handshake, state, rooms, bufferedAmount, latency } = connection
  const data = show.data && dataOf(connection, show.data)
  return {
    id,
    ...(user !== undefined && { user }),
    address: handshake.address,
    since: handshake.time.getTime(),
    state,
    rooms: firstRooms(rooms),
    roomCount: rooms.size,
    bufferedAmount,
    ...(latency !== undefined && { latency }),
    ...(data !== undefined && { data }),
    ...(show.messages && { messages: show.messages }),
  }
}

function firstRooms(rooms: ReadonlySet<string>): string[] {
  const names: string[] = []
  let characters = 0
  for (const name of rooms) {
    characters += name.length
    if (names.length >= MAX_ROOMS || characters > MAX_NAME_CHARACTERS) break
    names.push(name)
  }
  return names
}

// The value that the app's function returns may have no JSON form, and the function may throw.
function dataOf(connection: Connection, show: NonNullable<InspectorOptions['data']>): string | undefined {
  try {
    const text = JSON.stringify(show(connection), undefined, 2) as string | undefined
    return text?.slice(0, MAX_DATA_LENGTH)
  } catch {
    return undefined
  }
}
