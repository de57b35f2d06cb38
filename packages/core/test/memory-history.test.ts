import { EMPTY_POSITION } from '../src/cluster/broker-history.js'
import { MemoryHistory } from '../src/cluster/memory-history.js'

const window = { size: 3, ttl: 1000 }
const DAY = 24 * 60 * 60 * 1000

/** A history whose clock advances only when it is moved, and its events. */
function historyOf(most?: number) {
  const clock = { ms: 1_000_000 }
  const epochs: string[] = []
  const host = { restarted: (topic: string) => void epochs.push(topic) }
  const history = new MemoryHistory(host, most, () => clock.ms)
  const append = (topic: string, text: string, known = EMPTY_POSITION) =>
    history.append(topic, Buffer.from(text), { ...window, known }).position
  return { history, clock, epochs, append }
}

function textsOf({ entries }: ReturnType<MemoryHistory['since']>): string[] {
  return entries.map(({ bytes }) => Buffer.from(bytes).toString())
}

describe('memory history', () => {
  test('a topic that is only read takes no memory', () => {
    const { history } = historyOf()
    expect(history.since('a', 0, { ...window, known: EMPTY_POSITION }).position).toEqual(EMPTY_POSITION)
    expect(history.since('a', EMPTY_POSITION, window)).toMatchObject({ entries: [], more: false })
    expect(history.restart('a', '0000000001000000', window)).toEqual(EMPTY_POSITION)
    expect(history.head('a')).toEqual(EMPTY_POSITION)
    expect([history.topics, history.size]).toEqual([0, 0])
  })

  test('a position right before the window gets the whole window', () => {
    const { history, append } = historyOf()
    const [first] = ['1', '2', '3', '4'].map((text) => append('a', text))
    expect(textsOf(history.since('a', first ?? EMPTY_POSITION, window))).toEqual(['2', '3', '4'])
    append('a', '5')
    expect(history.since('a', first ?? EMPTY_POSITION, window)).toMatchObject({ entries: [], lost: 'too_far' })
  })

  test('messages that are too old are expired, and the epoch continues', () => {
    const { history, clock, append } = historyOf()
    const first = append('a', '1')
    const second = append('a', '2')
    clock.ms += 1001
    append('b', 'other')
    expect(history.since('a', first, window)).toMatchObject({ entries: [], lost: 'expired' })
    expect(history.since('a', second, window)).toMatchObject({ entries: [], position: second })
    expect(append('a', '3', second)).toMatchObject({ offset: 3, epoch: first.epoch })
  })

  test('a stream is dropped a day after its last message has expired, and continues in a new epoch for servers that know it', () => {
    const { history, clock, epochs, append } = historyOf()
    const first = append('a', '1')
    clock.ms += DAY + 1001
    append('b', 'other')
    expect([history.topics, history.head('a')]).toEqual([1, EMPTY_POSITION])
    const { lost, start } = history.since('a', first, { ...window, known: first })
    expect({ lost, offset: start?.offset, epochs }).toEqual({ lost: 'epoch', offset: 1, epochs: ['a'] })
    expect(start && start.epoch > first.epoch).toBe(true)
  })

  test('above the total limit, messages of the least recently used topics are dropped first, then those topics', () => {
    const { history, append } = historyOf(20_000)
    const first = append('silent', 'x'.repeat(5000))
    append('loud', 'x'.repeat(10_000))
    append('loud', 'x'.repeat(5000))
    expect(history.size).toBeLessThanOrEqual(20_000)
    expect(history.head('silent')).toEqual(first)
    for (let i = 0; i < 1000; i += 1) append(`topic ${i}`, 'x')
    expect(history.size).toBeLessThanOrEqual(20_000)
    expect(history.topics).toBeLessThan(20)
    expect(history.head('silent')).toEqual(EMPTY_POSITION)
  })

  test('a topic that exceeds the total limit alone keeps its last message', () => {
    const { history, append } = historyOf(10_000)
    const first = append('a', 'x'.repeat(8000))
    append('a', 'y'.repeat(8000))
    expect(history.since('a', first, window).entries.length).toBeLessThanOrEqual(1)
    expect(history.since('a', 1, window).entries).toHaveLength(1)
  })

  test('the history keeps a copy of the appended bytes', () => {
    const { history } = historyOf()
    const bytes = Buffer.from('kept')
    history.append('a', bytes, { ...window, known: EMPTY_POSITION })
    bytes.fill(0)
    expect(textsOf(history.since('a', 1, window))).toEqual(['kept'])
  })
})
