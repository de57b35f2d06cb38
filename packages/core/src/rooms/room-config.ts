import type { HistoryWindow } from '../cluster/broker.js'
import {
  aBoolean,
  aFunction,
  anObject,
  atMost,
  check,
  defined,
  either,
  oneOf,
  type Rules,
  time,
  whole,
} from '../util/option-rules.js'
import { HubError, quote } from '../errors.js'
import type { Authorize, Authorizer } from './authorizer.js'
import { roomPattern, RoomPatterns } from './room-patterns.js'

/** Options of a room whose members are of this type; `Match` is the match of its pattern with the name. */
export interface RoomOptionsOf<Member, Match = never> {
  /**
   * Opens the room to clients: decides whether a connection that sends `hub:join` may join it. A pattern with `authorize`
   * must match the whole name. Needs a router. Default: clients can't join the room by themselves.
   */
  readonly authorize?: Authorize<Member, Match> | undefined
  /** Connections of this server that it takes; default: any number. */
  readonly maxMembers?: number | undefined
  /** Keeps what is emitted to the room, for clients that reconnect. Default: nothing is kept. */
  readonly history?:
    | {
        /** Messages that are kept. Default 1,000. */
        readonly size?: number | undefined
        /** Milliseconds that a message is kept. Default 600,000: ten minutes. */
        readonly ttl?: number | undefined
        /**
         * What happens to a message that the store does not keep, or does not confirm in time. `'deliver'` (default): it is
         * delivered without a position, and the history begins a new epoch. `'fail'`: it is not delivered, and `onError`
         * gets `not_kept`; if the store has kept it nevertheless, it is delivered later.
         */
        readonly unkept?: 'deliver' | 'fail' | undefined
      }
    | undefined
  /**
   * Sends `hub:presence` to the members if a user joins with a first connection, changes, or leaves with the last. With more
   * users than `limit`, members get their number instead: at most four messages a second, and names again at 80 % of the
   * limit. Default false; `true` has no limit.
   */
  readonly presence?: boolean | { readonly limit?: number | undefined } | undefined
}

/** How members of a room get presence changes. */
export interface RoomPresenceConfig {
  /** The most users whom members get by name. */
  readonly limit: number
}

/** How a room's messages are kept. */
export interface RoomHistoryConfig {
  readonly window: HistoryWindow
  readonly unkept: 'deliver' | 'fail'
}

/** The options of a room with every default filled in. */
export interface RoomConfig<Member = never> {
  /** Absent if clients can't join it by themselves. */
  readonly authorizer: Authorizer<Member> | undefined
  readonly maxMembers: number
  readonly history: RoomHistoryConfig | undefined
  /** Absent if members get no presence changes. */
  readonly presence: RoomPresenceConfig | undefined
}

const DEFAULT_HISTORY = { size: 1000, ttl: 600_000, unkept: 'deliver' } as const
const DEFAULT_CONFIG = { authorizer: undefined, maxMembers: Infinity, history: undefined, presence: undefined } as const

const ROOM_RULES: Rules<RoomOptionsOf<never>> = {
  authorize: aFunction,
  maxMembers: atMost('connections'),
  history: anObject,
  presence: either(aBoolean, anObject),
}
const PRESENCE_RULES = { limit: atMost('users') }
const HISTORY_RULES: Rules<NonNullable<RoomOptionsOf<never>['history']>> = {
  size: whole(1, 'messages'),
  ttl: time(1),
  unkept: oneOf('deliver', 'fail'),
}

/** The configurations of rooms that were created by name or as a pattern. */
export class RoomConfigs<Member = never> {
  readonly #rooms = new Map<string, RoomConfig<Member>>()
  readonly #patterns = new RoomPatterns<RoomConfig<Member>>()

  /** Creates a room. @throws HubError `room_exists`; TypeError for a wrong option */
  add(name: string, options: RoomOptionsOf<Member>): void {
    const config = configOf(options, undefined)
    if (this.#rooms.has(name)) throw new HubError('room_exists', `The room ${quote(name)} has been created before.`)
    // Options that are left out come from the pattern that the name matches.
    this.#rooms.set(name, { ...this.of(name), ...config })
  }

  /** Creates the rooms that match a pattern, see {@link roomPattern}, and are not created by name. @throws TypeError for a wrong option */
  addPattern(pattern: RegExp, options: RoomOptionsOf<Member>): void {
    const tested = roomPattern(pattern, options?.authorize !== undefined)
    this.#patterns.add(tested, { ...DEFAULT_CONFIG, ...configOf(options, tested) })
  }

  /** Forgets a room that was created by name. */
  remove(name: string): void {
    this.#rooms.delete(name)
  }

  /** Whether a room was created by name. */
  created(name: string): boolean {
    return this.#rooms.has(name)
  }

  /** The configuration of a room: its own, that of the first pattern that its name matches, or the default. */
  of(name: string): RoomConfig<Member> {
    if (this.#rooms.size === 0 && this.#patterns.isEmpty) return DEFAULT_CONFIG
    return this.#rooms.get(name) ?? this.#patterns.of(name) ?? DEFAULT_CONFIG
  }
}

/** @param pattern the pattern of the rooms. @throws TypeError that names the option and its value */
function configOf<Member>(options: RoomOptionsOf<Member>, pattern: RegExp | undefined): Partial<RoomConfig<Member>> {
  check('', options, ROOM_RULES)
  const { history, authorize, presence, ...rest } = options
  if (history) check('history', history, HISTORY_RULES)
  if (typeof presence === 'object') check('presence', presence, PRESENCE_RULES)
  return {
    ...defined(rest),
    ...(authorize && { authorizer: { authorize, pattern } }),
    ...(history && { history: historyConfigOf(history) }),
    ...(presence !== undefined && { presence: presenceConfigOf(presence) }),
  }
}

function historyConfigOf(options: NonNullable<RoomOptionsOf<never>['history']>): RoomHistoryConfig {
  const { unkept, ...window } = { ...DEFAULT_HISTORY, ...defined(options) }
  return { window, unkept }
}

function presenceConfigOf(options: boolean | { readonly limit?: number | undefined }): RoomPresenceConfig | undefined {
  if (options === false) return undefined
  return { limit: options === true ? Infinity : (options.limit ?? Infinity) }
}
