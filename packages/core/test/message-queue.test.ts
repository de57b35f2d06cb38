import { type QueueConsumer, MessageQueue } from '../src/connection/message-queue.js'

/** A consumer whose work ends when the test says so. */
class Desk implements QueueConsumer<number> {
  pauseAbove = 20_000
  get resumeAt(): number {
    return this.pauseAbove / 2
  }
  sync = false
  closedTo = Infinity
  held = 0
  paused = 0
  resumed = 0
  released = 0
  readonly begun: number[] = []
  readonly #open: (() => void)[] = []

  process(item: number): void | Promise<void> {
    this.begun.push(item)
    if (!this.sync) return new Promise((resolve) => this.#open.push(resolve))
  }
  admits(item: number): boolean {
    return item < this.closedTo
  }
  busy(): () => void {
    return () => void (this.released += 1)
  }
  weigh(_: number, bytes: number): number {
    return bytes
  }
  keep(item: number): number {
    return item
  }
  charge(bytes: number): void {
    this.held += bytes
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

/** What a message is counted with beside its bytes. */
const MESSAGE_BYTES = 256

function inboxOf(concurrency = 1): { desk: Desk; inbox: MessageQueue<number> } {
  const desk = new Desk()
  return { desk, inbox: new MessageQueue(desk, concurrency) }
}

function push(inbox: MessageQueue<number>, from: number, to: number, size = 1): void {
  for (let n = from; n <= to; n += 1) inbox.push(n, size)
}

test('a message queue delivers nothing before it is open', () => {
  const { desk, inbox } = inboxOf()
  desk.sync = true
  push(inbox, 1, 3)
  expect(desk.begun).toEqual([])
  inbox.open()
  expect(desk.begun).toEqual([1, 2, 3])
})

test('a synchronous handler runs at once', () => {
  const { desk, inbox } = inboxOf()
  desk.sync = true
  inbox.open()
  push(inbox, 1, 100)
  expect(desk.begun).toHaveLength(100)
  expect(desk.paused).toBe(0)
})

test.each([1, 3])('at most %i handlers run at a time, and start in order', async (concurrency) => {
  const { desk, inbox } = inboxOf(concurrency)
  inbox.open()
  push(inbox, 1, 10)
  for (let done = 0; done <= 10; done += 1) {
    expect(desk.begun).toHaveLength(Math.min(10, done + concurrency))
    await desk.finish()
  }
  expect(desk.begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('a synchronous handler runs after an earlier asynchronous one', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 1, 1)
  desk.sync = true
  push(inbox, 2, 3)
  expect(desk.begun).toEqual([1])
  await desk.finish()
  expect(desk.begun).toEqual([1, 2, 3])
})

test('the socket is paused once when more bytes wait than there is room for, and read again at half of it', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 0, 10, 2000 - MESSAGE_BYTES)
  expect([desk.held, desk.paused]).toEqual([20_000, 0])
  push(inbox, 11, 12, 2000 - MESSAGE_BYTES)
  expect([desk.held, desk.paused]).toEqual([24_000, 1])
  await desk.finish(6)
  expect([desk.held, desk.resumed]).toEqual([12_000, 0])
  await desk.finish()
  expect([desk.held, desk.resumed]).toEqual([10_000, 1])
})

test('a thousand small messages behind a busy handler do not pause the socket while there is room for their bytes', () => {
  const { desk, inbox } = inboxOf()
  desk.pauseAbove = 1000 * (MESSAGE_BYTES + 10)
  inbox.open()
  push(inbox, 0, 1000, 10)
  expect(desk.paused).toBe(0)
})

test('the socket is read again as soon as there is more room', () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 0, 1, desk.pauseAbove)
  expect(desk.paused).toBe(1)
  desk.pauseAbove *= 3
  inbox.balance()
  expect(desk.resumed).toBe(1)
})

test('reading the socket without room ends with the next message', () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 0, 1, desk.pauseAbove)
  inbox.peek()
  expect([desk.paused, desk.resumed]).toEqual([1, 1])
  push(inbox, 2, 2)
  expect([desk.paused, desk.resumed]).toEqual([2, 1])
})

test('a message that must wait delays the messages behind it', async () => {
  const { desk, inbox } = inboxOf()
  desk.closedTo = 2
  inbox.open()
  push(inbox, 1, 3)
  await desk.finish()
  expect(desk.begun).toEqual([1])
  desk.closedTo = Infinity
  inbox.drain()
  await desk.finish(2)
  expect(desk.begun).toEqual([1, 2, 3])
})

test('the bytes of a running handler are released when it ends', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 1, 1)
  expect(desk.released).toBe(0)
  await desk.finish()
  expect(desk.released).toBe(1)
})

test('idle() resolves for every caller once all messages were handled', async () => {
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

test('a cleared message is never handled, and a running handler ends', async () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 1, 30)
  inbox.clear()
  const idle = inbox.idle()
  await desk.finish()
  await idle
  expect(desk.begun).toEqual([1])
  expect(desk.held).toBe(0)
})

test('empty messages count towards the limit of waiting bytes', () => {
  const { desk, inbox } = inboxOf()
  inbox.open()
  push(inbox, 0, 100, 0)
  expect(desk.paused).toBe(1)
})

test('a long queue yields to other work, and later messages keep their order', async () => {
  const { desk, inbox } = inboxOf()
  desk.sync = true
  push(inbox, 1, 2500, 0)
  inbox.open()
  expect(desk.begun.length).toBeLessThan(2500)
  push(inbox, 2501, 2502, 0)
  await inbox.idle()
  expect(desk.begun).toEqual(Array.from({ length: 2502 }, (_, n) => n + 1))
})
