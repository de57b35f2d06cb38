import type { MemberOutbox } from '../broadcast/member-list.js'
import type { Frame } from '../broadcast/frame.js'
import type { VolatileMark } from '../broadcast/volatile-buffer.js'
import type { RequestOptions } from '../connection/request-options.js'

/** A connection as rooms see it. */
export interface RoomMember {
  readonly id: string
  /** The rooms that it is a member of. */
  readonly rooms: ReadonlySet<string>
  /** Whether it has not begun to close. */
  readonly accepting: boolean
  /** It has become a member of a room. */
  entered(room: string): void
  /** It is not a member of a room any more. */
  left(room: string): void
}

/** A connection as the parts of a hub see it. */
export interface Member extends RoomMember {
  readonly user: string | undefined
  readonly session: string | undefined
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number
  readonly core: MemberOutbox & {
    /** Puts a frame into the outbox. @returns false if it is not taken */
    deliver(frame: Frame): boolean
    /** Puts a frame into the outbox unless the socket takes no more. */
    deliverVolatile(frame: Frame, mark: VolatileMark): void
    /** Drops volatile messages of a room that wait for the socket. */
    forgetVolatile(room: string): void
    /** A handler of its messages has sent something to this number of connections. */
    chargeRecipients(recipients: number): void
    /** Asks the client. */
    request(type: string, payload: unknown, options: RequestOptions | undefined): Promise<unknown>
  }
  in(room: string): boolean
  join(room: string): Promise<void>
  leave(room: string): void
  disconnect(code: number, reason: string): void
}
