import { EMPTY_POSITION, type LinkPosition, type Position } from '../src/cluster/broker-history.js'
import { type Effect, newStream, type ReadAnswer, type StreamState } from '../src/history/stream-machine/state.js'
import * as machine from '../src/history/stream-machine/events.js'

interface Message {
  readonly id: string
}
type State = StreamState<Message, string>

const EPOCH = '0000000001aaaaaa'
const LATER = '0000000002aaaaaa'

function at(offset: number, epoch = EPOCH): Position {
  return offset === 0 ? EMPTY_POSITION : { offset, epoch, tag: tag(offset) }
}

function tag(offset: number): string {
  return offset === 0 ? '' : offset.toString(16).padStart(8, '0')
}

function link(offset: number, epoch = EPOCH): LinkPosition {
  return { ...at(offset, epoch), previous: tag(offset - 1) }
}

function answer(from: number, until: number, rest: Partial<ReadAnswer<Message>> = {}): ReadAnswer<Message> {
  const entries = Array.from({ length: until - from }, (_, i) => from + 1 + i).map((offset) => ({
    offset,
    tag: tag(offset),
    message: { id: `m${offset}` },
  }))
  return { position: at(until), entries, more: false, ...rest }
}

/** A room whose members have reached an offset. */
function roomAt(offset: number): State {
  const state = newStream<Message, string>()
  machine.start(state)
  machine.answered(state, state.life, { position: at(offset), entries: [], more: false })
  return state
}

/** The messages for members and the effects of the machine. */
function shown(effects: readonly Effect<Message, string>[]): string[] {
  return effects.map((effect) => {
    if (effect.type === 'run') return `run ${effect.task}`
    if (effect.type === 'gap') return `gap ${effect.reason} ${effect.position.offset}`
    return 'message' in effect ? `${effect.type} ${effect.message.id}` : effect.type
  })
}

function receive(state: State, ...offsets: number[]): string[] {
  return shown(offsets.flatMap((offset) => machine.linked(state, { id: `m${offset}` }, link(offset))))
}

describe('messages over the link', () => {
  test('the next message is delivered, a known one and the answer to an append are not', () => {
    const state = roomAt(2)
    machine.emitted(state, { id: 'm3' }, 'deliver')
    expect(shown(machine.appended(state, 'm3', at(3)))).toEqual([])
    expect(receive(state, 3)).toEqual(['deliver m3'])
  })

  test('a message after a hole waits for what a read brings, and is delivered once', () => {
    const state = roomAt(0)
    expect(receive(state, 3, 4)).toEqual(['read'])
    expect(shown(machine.answered(state, 0, answer(0, 2)))).toEqual(
      ['m1', 'm2', 'm3', 'm4'].map((id) => `deliver ${id}`),
    )
    expect(receive(state, 5)).toEqual(['deliver m5'])
  })

  test('messages that a read has returned are ignored when they arrive over the link', () => {
    const state = roomAt(0)
    receive(state, 200)
    machine.answered(state, 0, answer(0, 200))
    expect(receive(state, ...Array.from({ length: 200 }, (_, i) => i + 1))).toEqual([])
  })

  test('messages that do not fit in the waiting list are read from the store', () => {
    const state = roomAt(0)
    receive(state, ...Array.from({ length: 1000 }, (_, i) => i + 2))
    expect(state.held.length).toBe(64)
    const first = machine.answered(state, 0, answer(0, 500))
    expect(shown(first).slice(-2)).toEqual(['deliver m500', 'read'])
    expect(shown(machine.answered(state, 0, answer(500, 1001)))).toHaveLength(501)
    expect(state.last).toEqual(at(1001))
  })

  test('a forged offset causes one read and no other effect', () => {
    const state = roomAt(2)
    const forged = { ...at(2 ** 40), previous: tag(2) }
    expect(shown(machine.linked(state, { id: 'forged' }, forged))).toEqual(['read'])
    expect(shown(machine.answered(state, 0, answer(2, 2)))).toEqual([])
    expect([state.last, state.high]).toEqual([at(2), at(2)])
    expect(receive(state, 3)).toEqual(['deliver m3'])
  })

  test('unreadable bytes are reported as a gap, and later messages are delivered', () => {
    const state = roomAt(0)
    expect(shown(machine.linked(state, undefined, link(1)))).toEqual(['unreadable'])
    expect(receive(state, 2)).toEqual(['deliver m2'])
  })
})

describe('a read', () => {
  test('pages follow each other until the position', () => {
    const state = roomAt(0)
    receive(state, 4)
    const first = answer(0, 2, { position: at(4), more: true })
    expect(shown(machine.answered(state, 0, first))).toEqual(['deliver m1', 'deliver m2', 'read'])
    expect(shown(machine.answered(state, 0, answer(2, 4)))).toEqual(['deliver m3', 'deliver m4'])
  })

  test('a gap comes before the messages of the new epoch', () => {
    const state = roomAt(2)
    machine.announced(state, at(3, LATER))
    const lost = answer(3, 4, { position: at(4, LATER), lost: 'epoch', start: at(3, LATER) })
    expect(shown(machine.answered(state, 0, lost))).toEqual(['gap epoch 3', 'deliver m4'])
    expect(state.last).toEqual(at(4, LATER))
  })

  test('the answer to a read is ignored after the last member has left', () => {
    const state = roomAt(0)
    receive(state, 2)
    machine.stop(state)
    machine.start(state)
    expect(shown(machine.answered(state, 0, answer(0, 2)))).toEqual([])
    expect(shown(machine.answered(state, 1, answer(2, 2)))).toEqual(['begin'])
  })

  test('only a read that began after the link was lost verifies a room', () => {
    const state = roomAt(2)
    const before = state.outages
    machine.linkChanged(state)
    machine.headChecked(state, at(2), before)
    expect(state.verified).toBe(false)
    machine.headChecked(state, at(2), state.outages)
    expect(state.verified).toBe(true)
  })
})

describe('the order of sending', () => {
  test('a direct message comes after earlier emits', () => {
    const state = roomAt(0)
    machine.emitted(state, { id: 'm1' }, 'deliver')
    expect(shown(machine.runAfterSent(state, 'later'))).toEqual([])
    machine.appended(state, 'm1', at(1))
    expect(receive(state, 1)).toEqual(['deliver m1', 'run later'])
    expect(shown(machine.runAfterSent(state, 'at once'))).toEqual(['run at once'])
  })

  test('a message that the store refused is delivered in its turn and ends the epoch', () => {
    const state = roomAt(0)
    machine.emitted(state, { id: 'm1' }, 'deliver')
    machine.emitted(state, { id: 'm2' }, 'deliver')
    expect(shown(machine.refused(state, 'm2'))).toEqual([])
    expect(shown(machine.refused(state, 'm1'))).toEqual(['deliverUnkept m1', 'deliverUnkept m2'])
    expect(shown(machine.tick(state))).toEqual(['read'])
    expect(shown(machine.answered(state, 0, answer(0, 0)))).toEqual([])
    expect(shown(machine.tick(state))).toEqual([])
    expect(shown(machine.tick(state))).toEqual(['restart'])
    machine.restarted(state, at(1, LATER))
    expect(state.unpersisted).toBe(0)
  })

  test('an unkept message in the quiet time before an epoch ends postpones its end', () => {
    const state = roomAt(0)
    machine.emitted(state, { id: 'm1' }, 'deliver')
    machine.refused(state, 'm1')
    machine.tick(state)
    machine.answered(state, 0, answer(0, 0))
    machine.emitted(state, { id: 'm2' }, 'deliver')
    expect(shown(machine.refused(state, 'm2'))).toEqual(['deliverUnkept m2'])
    expect(shown(machine.tick(state))).toEqual(['read'])
    expect(shown(machine.answered(state, 0, answer(0, 0)))).toEqual([])
    expect([shown(machine.tick(state)), shown(machine.tick(state))]).toEqual([[], ['restart']])
  })

  test('a message with unkept: fail is not delivered if the store does not keep it', () => {
    const state = roomAt(0)
    machine.emitted(state, { id: 'm1' }, 'fail')
    expect(shown(machine.refused(state, 'm1'))).toEqual(['fail m1'])
    expect(machine.needsTick(state)).toBe(false)
  })

  test('a kept message that does not come is read, and delivered without its position if it can not be', () => {
    const state = roomAt(0)
    machine.emitted(state, { id: 'm1' }, 'deliver')
    machine.appended(state, 'm1', at(1))
    expect(shown(machine.tick(state))).toEqual([])
    expect(shown(machine.tick(state))).toEqual(['read'])
    expect(shown(machine.readFailed(state, 0))).toEqual(['deliverUnkept m1'])
  })

  test('a room without members is idle once the store has answered', () => {
    const state = newStream<Message, string>()
    machine.emitted(state, { id: 'm1' }, 'deliver')
    expect(machine.isIdle(state)).toBe(false)
    machine.appended(state, 'm1', at(1))
    expect(machine.isIdle(state)).toBe(true)
  })

  test('a room that loses its history sends the waiting messages', () => {
    const state = roomAt(0)
    machine.emitted(state, { id: 'm1' }, 'deliver')
    machine.runAfterSent(state, 'later')
    expect(shown(machine.remove(state))).toEqual(['run later'])
  })
})
