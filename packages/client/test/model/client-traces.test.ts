import * as machine from '../../src/machine/index.js'
import type { State } from '../../src/machine/state.js'
import { clientModel } from './client-model.js'
import { type ClientBounds, type Machine, newWorld } from './client-world.js'

// Schedules that long random walks found.

/** Takes these steps. @returns the last world, and the rules that were broken by any step */
function replay(bounds: ClientBounds, labels: string, code: Machine = machine): Replayed {
  const model = clientModel(bounds, code)
  let [world = newWorld(bounds)] = model.initial()
  const broken = new Set<string>()
  for (const label of labels.split(' > ')) {
    const step = model.steps(world).find((one) => one.label === label)
    if (!step) throw new Error(`There is no step ${label}.`)
    world = step.run()
    for (const rule of model.violations(world)) broken.add(rule)
  }
  return { state: world.state, broken: [...broken] }
}

interface Replayed {
  readonly state: State
  readonly broken: readonly string[]
}

describe('a token that expires twice', () => {
  const expiry = 'expiries > ticks > token > accept#2'
  const silence = 'ticks > ticks > ticks > ticks > closed#2 > ticks > token > accept#3'

  test('a connection that was stable and then silent allows another renewal', () => {
    const labels = `opens > token > accept#1 > ${expiry} > ${silence} > expiries > ticks > token`
    const { state, broken } = replay({ token: true, expiries: 2, ticks: 20 }, labels)
    expect(broken).toEqual([])
    expect(state).toMatchObject({ phase: 'opening', tokenRefused: true })
  })

  test('a second expiry in a row is final', () => {
    const { state, broken } = replay({ token: true, expiries: 2, ticks: 20 }, `opens > token > ${expiry} > expiries`)
    expect(broken).toEqual([])
    expect(state).toMatchObject({ phase: 'closed', ending: { code: 4401, final: true } })
  })
})

/** A mutant of `tick`: a leave whose answer is overdue counts as answered. */
const tick: Machine['tick'] = (state) => {
  for (const { kind, id, dueAt } of state.requests) {
    if (kind === 'leave' && state.now >= dueAt)
      machine.received(state, state.current, { type: 'reply', id, payload: {} })
  }
  machine.tick(state)
}

describe('a leave that the server does not answer in time', () => {
  const bounds = { enters: 2, exits: 1, emits: 6, ticks: 20 }
  const begin = 'opens > accept#1 > enters > serve hub:hello#1 > receive reply#1 > serve hub:join#1 > recover#1'
  const unanswered = `${begin} > receive reply#1 > exits > enters > ticks > ticks`
  const answered = 'serve hub:leave#1 > emits > serve hub:ping#1 > serve hub:join#1 > recover#1'
  const received = 'receive said#1 > receive reply#1 > receive reply#1 > receive reply#1'

  test('a room that is entered again after a leave without an answer is joined on another connection', () => {
    const { state, broken } = replay(bounds, `${unanswered} > closed#1`)
    expect(broken).toEqual([])
    expect(state).toMatchObject({ phase: 'waiting', rooms: [{ phase: 'idle', holders: 1 }] })
  })

  test('messages of the former membership hide a loss in the mutant that takes a leave without an answer as answered', () => {
    const { broken } = replay(bounds, `${unanswered} > emits > ${answered} > ${received}`, { ...machine, tick })
    expect(broken).toEqual(['E a message is missing, and nobody tells'])
  })
})
