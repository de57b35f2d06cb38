import type { Position } from '../src/index.js'
import { type Effects, newStream, type StreamState } from '../src/history/stream-machine/state.js'
import { announced, answered, emitted, linked, start, tick } from '../src/history/stream-machine/events.js'

type State = StreamState<{ readonly id: string }, string>

const at = (epoch: number, offset = 1): Position => ({
  offset,
  epoch: `000000000${epoch}abcdef`,
  tag: `0000000${epoch}`,
})

/** The store answers the read that is in progress. */
function answer(state: State, position: Position): string[] {
  const lost = state.last ? { lost: 'epoch' as const, start: position } : {}
  return typesOf(answered(state, state.life, { position, entries: [], more: false, ...lost }))
}

function typesOf(effects: Effects<{ readonly id: string }, string>): string[] {
  return effects.map(({ type }) => type)
}

describe('a room whose stream is lost several times in a burst', () => {
  let state: State

  beforeEach(() => {
    state = newStream()
    start(state)
    answer(state, at(1))
    announced(state, at(2))
    answer(state, at(2))
  })

  test('the first loss of a stream is reported as a gap at once', () => {
    const fresh: State = newStream()
    start(fresh)
    answer(fresh, at(1))
    expect(typesOf(announced(fresh, at(2)))).toEqual(['read'])
    expect(answer(fresh, at(2))).toEqual(['gap'])
  })

  test('further losses of a burst are reported with one more gap', () => {
    for (const epoch of [3, 4, 5]) expect(announced(state, at(epoch))).toEqual([])
    const message = { id: 'm' }
    expect(linked(state, message, { ...at(6, 2), previous: '00000005' })).toEqual([])
    expect(typesOf([...tick(state), ...tick(state)])).toEqual(['read'])
    expect(answer(state, at(6, 2))).toEqual(['gap'])
  })

  test('a loss two ticks after a burst is reported at once', () => {
    tick(state)
    tick(state)
    expect(typesOf(announced(state, at(3)))).toEqual(['read'])
  })

  test('missing messages of the current epoch are read at once', () => {
    expect(typesOf(linked(state, { id: 'm' }, { ...at(2, 5), previous: '00000009' }))).toEqual(['read'])
  })
})

test('a message that the stream contains twice is delivered at both positions, although an earlier one is pending', () => {
  const state: State = newStream()
  start(state)
  answer(state, at(1))
  for (const id of ['first', 'twice']) emitted(state, { id }, 'deliver')
  const show = (position: Position, previous: string): unknown =>
    linked(state, { id: 'twice' }, { ...position, previous })
  expect(show({ ...at(1, 2), tag: 'aaaaaaaa' }, at(1).tag)).toMatchObject([
    { type: 'deliver', position: { offset: 2 } },
  ])
  expect(show({ ...at(1, 3), tag: 'bbbbbbbb' }, 'aaaaaaaa')).toMatchObject([
    { type: 'deliver', position: { offset: 3 } },
  ])
})
