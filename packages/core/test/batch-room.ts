import type { BatchNode } from '../src/broadcast/batch-node.js'
import { FlushBatch } from '../src/broadcast/flush-batch.js'
import type { FrameSink } from '../src/broadcast/frame-sink.js'
import { Frame } from '../src/broadcast/frame.js'
import { MemberList, type MemberOutbox } from '../src/broadcast/member-list.js'
import { Outbox } from '../src/broadcast/outbox.js'
import { RoomTails } from '../src/broadcast/room-tails.js'
import { newTraffic } from '../src/observability/traffic.js'

/** A socket that records its writes. */
export class Sink implements FrameSink {
  writable = true
  writableNeedDrain = false
  writableLength = 0
  readonly writes: Buffer[] = []

  write(bytes: Buffer): void {
    this.writes.push(bytes)
  }
  once(_event: string, _listener: () => void): void {}
}

export class Member {
  readonly sink = new Sink()
  readonly outbox: Outbox
  isOpen = true
  visits = 0
  /** Called once, when the member is visited next. */
  whenVisited: (() => void) | undefined
  readonly core: MemberOutbox

  constructor(batch: FlushBatch) {
    const outbox = new Outbox(batch, this.sink)
    this.outbox = outbox
    this.core = {
      batch,
      socket: this.sink,
      enqueue: (frame) => this.#enqueue(frame),
      setNode: (node) => outbox.setNode(node),
      depart: () => outbox.depart(),
      written: () => outbox.written(),
    }
  }

  #enqueue(frame: Frame): BatchNode | undefined {
    this.visits += 1
    this.whenVisited?.()
    this.whenVisited = undefined
    return this.isOpen ? this.outbox.push(frame) : undefined
  }

  /** The payloads of each write. */
  get got(): string[] {
    return this.sink.writes.map((bytes) => bytes.toString('latin1').replaceAll(/[^a-z]/g, ''))
  }
}

/** A room of three members whose frames wait for `flush`. */
export function batchRoom(limit = 1000) {
  const tails = new RoomTails()
  const traffic = newTraffic()
  const options = { limit, charge: () => {}, dropped: () => {}, traffic, stalled: new Set<object>(), tails }
  const batch = new FlushBatch(() => undefined, { ...options, compressed: false })
  const members = [new Member(batch), new Member(batch), new Member(batch)] as const
  const list = new MemberList<Member>(members)
  const broadcast = (payload: string): void => tails.deliver(list, new Frame(payload))
  const send = (member: Member, payload: string): unknown => member.outbox.push(new Frame(payload))
  return { tails, traffic, batch, members, list, broadcast, send, flush: batch.flush }
}

export const gotOf = (members: readonly Member[]): string[][] => members.map(({ got }) => got)
