import type { Admission } from '../src/admission/admission.js'
import { AdmissionControl } from '../src/admission/admission-control.js'
import { Capacity } from '../src/admission/capacity.js'
import { MemoryBudget } from '../src/admission/memory-budget.js'
import { Revocations } from '../src/admission/revocations.js'
import type { CheckedUpgrade, TransportFactory } from '../src/connection/transport-factory.js'
import { LabelledCounters, newCounters } from '../src/observability/counters.js'
import { Warnings } from '../src/observability/warnings.js'

// Which handshakes become connections, and how a closing hub ends those that it had let in.

afterEach(() => {
  jest.restoreAllMocks()
})

const limits = { maxConnections: 1, maxConnectionsPerUser: Infinity, maxConnectionsPerAddress: Infinity }
const origin = { address: '192.0.2.1', begunAt: performance.now() }
const upgrade = {} as CheckedUpgrade
const admission = { handshake: { protocol: '' } } as Admission<unknown>

/** An admission control, what it closes, and its counts. @param isLost whether the sockets of clients are lost */
function control({ isLost = false } = {}) {
  const closed: unknown[] = []
  const [counters, budget] = [newCounters(), new MemoryBudget(100, () => {})]
  const it = new AdmissionControl({
    limits,
    capacity: new Capacity(limits),
    budget,
    revocations: new Revocations(),
    rooms: { reserve: () => () => {} },
    transports: { accept: () => (isLost ? undefined : {}) } as unknown as TransportFactory,
    connections: { open: () => ({ close: (code, reason) => closed.push([code, reason]) }) },
    warnings: new Warnings('admission', false),
    counters,
    labelled: new LabelledCounters(),
  })
  return { it, closed, counters, budget }
}

test('a handshake whose socket is lost opens no connection', () => {
  const { it, counters } = control({ isLost: true })
  expect(it.open(upgrade, [], admission)).toBe(false)
  expect(counters.opened).toBe(0)
})

test('a connection that opens while the hub closes is closed with a time to come back within the spread', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5)
  const { it, closed, counters } = control()
  expect(it.open(upgrade, [], admission)).toBe(true)
  it.stop(8000)
  expect(closed).toEqual([])
  expect(it.open(upgrade, [], admission)).toBe(true)
  expect(closed).toEqual([[1001, 'retry=4250']])
  expect(counters.opened).toBe(2)
})

test('a handshake is refused with a sentence while the hub holds too much, and once it closes', () => {
  const { it, budget } = control()
  const reserve = () => it.reserve({}, origin)
  budget.charge('queued', 100)
  expect(reserve).toThrow('The server holds too much for its clients; try again.')
  budget.charge('queued', -1)
  reserve().slot.release()
  it.stop(0)
  expect(reserve).toThrow('The server is going away.')
})
