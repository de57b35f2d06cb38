import { MessageIterator } from '../src/connection/message-iterator.js'

const END = { value: undefined, done: true }
const given = (value: string): object => ({ value, done: false })

/** A source whose messages go to `others` while no loop runs. */
function source(): {
  pull: MessageIterator
  others: unknown[]
  handled: string[]
  offer: (...names: string[]) => void
} {
  const others: unknown[] = []
  const handled: string[] = []
  const pull = new MessageIterator((data) => void others.push(data))
  const offer = (...names: string[]): void => {
    for (const name of names) void Promise.resolve(pull.offer(name)).then(() => handled.push(name))
  }
  return { pull, others, handled, offer }
}

/** Resolves after everything that waits for the end of this turn. */
async function turns(): Promise<void> {
  for (let n = 0; n < 3; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('a message counts as handled when the loop asks for the next one', async () => {
  const { pull, handled, offer } = source()
  const loop = pull.loop()
  offer('1', '2')
  await turns()
  expect(handled).toEqual([])
  expect(await loop.next()).toEqual(given('1'))
  await turns()
  expect(handled).toEqual([])
  expect(await loop.next()).toEqual(given('2'))
  await turns()
  expect(handled).toEqual(['1'])
  void loop.next()
  await turns()
  expect(handled).toEqual(['1', '2'])
})

test('a message that is awaited is delivered when it comes', async () => {
  const { pull, offer } = source()
  const loop = pull.loop()
  const both = Promise.all([loop.next(), loop.next()])
  offer('1', '2')
  expect(await both).toEqual([given('1'), given('2')])
})

test('a message iterator ends after the waiting messages, and stays ended', async () => {
  const { pull, offer } = source()
  const loop = pull.loop()
  offer('1')
  pull.end()
  expect([await loop.next(), await loop.next(), await loop.next()]).toEqual([given('1'), END, END])
})

test('a loop that waits ends with the messages', async () => {
  const { pull } = source()
  const next = pull.loop().next()
  pull.end()
  expect(await next).toEqual(END)
})

test('an iterator that returns passes waiting and later messages on', async () => {
  const { pull, others, handled, offer } = source()
  const loop = pull.loop()
  offer('1', '2', '3')
  await loop.next()
  expect(await loop.return?.()).toEqual(END)
  await turns()
  offer('4')
  await turns()
  expect(handled).toEqual(['1', '2', '3', '4'])
  expect(others).toEqual(['2', '3', '4'])
})

test('a message iterator is its own iterator', () => {
  const loop = source().pull.loop()
  expect(loop[Symbol.asyncIterator]()).toBe(loop)
})
