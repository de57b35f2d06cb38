import { type Consumer, Inbox } from '../src/connection/inbox.js'

/** A consumer whose work ends when the test says so. */
class Desk implements Consumer<number> {
  expectsReply = false
  sync = false
  paused = 0
  resumed = 0
  readonly begun: number[] = []
  readonly #open: (() => void)[] = []

  process(item: number): void | Promise<void> {
    this.begun.push(item)
    if (!this.sync) return new Promise((resolve) => this.#open.push(resolve))
  }
  pause(): void {
    this.paused += 1
  }
  resume(): void {
    this.resumed += 1
  }
  async finish(count = 1): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.#open.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

const LIMIT = 20_000

function inboxOf(concurrency = 1): { desk: Desk; inbox: Inbox<number> } {
  const desk = new Desk()
  return { desk, inbox: new Inbox(desk, concurrency, LIMIT) }
}

function push(inbox: Inbox<number>, from: number, to: number, size = 1): void {
  for (let n = from; n <= to; n += 1) inbox.push(n, size)
}

test('lets nothing through before it is open', () => {
  const { desk, inbox } = inboxOf()
  desk.sync = true
  push(inbox, 1, 3)
  expect(desk.begun).toEqual([])
  inbox.open()
  expect(desk.begun).toEqual([1, 2, 3])
})

test('synchronous work waits for nothing', () => {
  const { desk, inbox } = inboxOf()
  desk.sync = true
  inbox.open()
  push(inbox, 1, 100)
  expect(desk.begun).toHaveLength(100)
  expect(desk.paused).toBe(0)
})

test.each([1, 3])('at most %i at a time, in order', async (concurrency) => {
  const { desk, inbox } = inboxOf(concurrency)
  inbox.open()
  push(inbox, 1, 10)
  for (let done = 0; done <= 10; done += 1) {
    expect(desk.begun).toHaveLength(Math.min(10, done + concurrency))
    await desk.finish()
  }
  expect(desk.begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('synchronous work behind asynchronous work keeps its place', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 1, 1)
  desk.sync = true
  push(inbox, 2, 3)
  expect(desk.begun).toEqual([1])
  await desk.finish()
  expect(desk.begun).toEqual([1, 2, 3])
})

test('pauses once when sixteen wait, resumes once when none does', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 1, 16)
  expect(desk.paused).toBe(0)
  push(inbox, 17, 40)
  expect(desk.paused).toBe(1)
  await desk.finish(38)
  expect(desk.resumed).toBe(0)
  await desk.finish()
  expect([desk.paused, desk.resumed]).toEqual([1, 1])
})

test('a loop that pulls lets one message wait', () => {
  const { desk, inbox } = inboxOf()
  inbox.follow()
  push(inbox, 1, 1)
  expect(desk.paused).toBe(0)
  push(inbox, 2, 2)
  expect(desk.paused).toBe(1)
})

test('is read on while a handler waits for an answer, up to a limit of bytes', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 1, 20)
  expect(desk.paused).toBe(1)
  desk.expectsReply = true
  inbox.balance()
  expect(desk.resumed).toBe(1)
  push(inbox, 21, 21, LIMIT)
  expect(desk.paused).toBe(2)
  desk.expectsReply = false
  await desk.finish(21)
  expect(desk.resumed).toBe(2)
})

test('idle resolves once everything was handled, for everybody who waits', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  await inbox.idle()
  push(inbox, 1, 2)
  const seen: string[] = []
  void inbox.idle().then(() => seen.push('one'))
  void inbox.idle().then(() => seen.push('other'))
  await desk.finish()
  expect(seen).toEqual([])
  await desk.finish()
  expect(seen).toEqual(['one', 'other'])
})

test('what is cleared is never begun, what has begun ends', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 1, 30)
  inbox.clear()
  const idle = inbox.idle()
  await desk.finish()
  await idle
  expect(desk.begun).toEqual([1])
  expect([desk.paused, desk.resumed]).toEqual([1, 1])
})

test('a flood of empty messages is not free, also while a handler waits for an answer', () => {
  const { desk, inbox } = inboxOf()
  desk.expectsReply = true
  inbox.open()
  push(inbox, 1, 200, 0)
  expect(desk.paused).toBe(1)
})

test('a long queue leaves others their turn, and what comes meanwhile keeps its place', async () => {
  const { desk, inbox } = inboxOf()
  desk.sync = true
  push(inbox, 1, 2500, 0)
  inbox.open()
  expect(desk.begun.length).toBeLessThan(2500)
  push(inbox, 2501, 2502, 0)
  await inbox.idle()
  expect(desk.begun).toEqual(Array.from({ length: 2502 }, (_, n) => n + 1))
})
