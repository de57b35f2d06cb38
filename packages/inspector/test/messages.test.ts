import { setImmediate } from 'node:timers/promises'
import { inspectionOf } from '@wshub/core/internal'
import type { InspectedMessages } from '@wshub/inspector'
import { fakeClock } from '../../core/test/fake-clock.js'
import { closeHubServers } from '../../core/test/hub-server.js'
import type { ConnectionSearch } from '../src/hub-inspector.js'
import type { RecordedMessage } from '../src/message-recorder.js'
import { type Peer, InspectedHubs } from './inspected-hubs.js'

// The last messages of a connection, which the app has to ask for.

fakeClock()
afterEach(closeHubServers)

const redact = (text: string): string => text

async function withMessages(
  messages: InspectedMessages,
): Promise<{ readonly hubs: InspectedHubs; readonly peer: Peer }> {
  const hubs = await InspectedHubs.open(1, { messages })
  return { hubs, peer: await hubs.connect(0, { user: 'ann' }) }
}

async function messagesOf(hubs: InspectedHubs, { id }: Peer): Promise<readonly RecordedMessage[] | undefined> {
  return (await hubs.read<ConnectionSearch>(`/api/connection?id=${id}`)).connection?.messages
}

function send(hubs: InspectedHubs, { id }: Peer, data: string | Buffer): void {
  hubs.servers[0]?.hub.connection(id)?.send(data)
}

function isTapped({ servers }: InspectedHubs): boolean {
  return inspectionOf(servers[0]?.hub ?? {})?.taps.isEmpty === false
}

test('an inspector without the option shows and records no message', async () => {
  const hubs = await InspectedHubs.open(1)
  const peer = await hubs.connect(0)
  expect([await messagesOf(hubs, peer), isTapped(hubs)]).toEqual([undefined, false])
})

test('messages in both directions are shown from the first request on, redacted', async () => {
  const { hubs, peer } = await withMessages({ redact: (text, { direction }) => `${direction} ${text.length}` })
  send(hubs, peer, 'before')
  expect(await messagesOf(hubs, peer)).toEqual([])
  send(hubs, peer, 'héllo')
  peer.client.send('{}')
  await peer.client.next()
  await setImmediate()
  const messages = await messagesOf(hubs, peer)
  expect(messages?.slice(0, 2).toSorted((one, other) => other.bytes - one.bytes)).toEqual([
    { direction: 'out', time: expect.any(Number), bytes: 6, text: 'out 5' },
    { direction: 'in', time: expect.any(Number), bytes: 2, text: 'in 2' },
  ])
})

test('only the size of bytes is shown', async () => {
  const { hubs, peer } = await withMessages({ redact })
  await messagesOf(hubs, peer)
  send(hubs, peer, Buffer.from('secret'))
  expect(await messagesOf(hubs, peer)).toEqual([{ direction: 'out', time: expect.any(Number), bytes: 6 }])
})

test.each([
  ['returns undefined', (): undefined => undefined],
  ['throws', (): string => JSON.parse('{') as string],
  ['returns no text', (): string => 7 as never],
])('a message is shown without its text if redact %s, and the connection stays open', async (_, hide) => {
  const { hubs, peer } = await withMessages({ redact: hide })
  await messagesOf(hubs, peer)
  send(hubs, peer, 'secret')
  expect(await peer.client.next()).toBe('secret')
  expect(await messagesOf(hubs, peer)).toEqual([{ direction: 'out', time: expect.any(Number), bytes: 6 }])
})

test('the newest messages are kept, and long ones are cut', async () => {
  const { hubs, peer } = await withMessages({ redact, last: 2 })
  await messagesOf(hubs, peer)
  for (const text of ['one', 'two', 'x'.repeat(10_000)]) send(hubs, peer, text)
  expect(await messagesOf(hubs, peer)).toMatchObject([
    { text: 'two', bytes: 3 },
    { text: 'x'.repeat(2000), bytes: 10_000, isCut: true },
  ])
})

test('the recording of a connection ends 15 seconds after the last request for it', async () => {
  const { hubs, peer } = await withMessages({ redact })
  await messagesOf(hubs, peer)
  jest.advanceTimersByTime(14_000)
  await messagesOf(hubs, peer)
  jest.advanceTimersByTime(14_000)
  expect(isTapped(hubs)).toBe(true)
  jest.advanceTimersByTime(1001)
  expect(isTapped(hubs)).toBe(false)
  send(hubs, peer, 'unseen')
  expect(await messagesOf(hubs, peer)).toEqual([])
})

test('the oldest recording ends if more than 20 connections are recorded', async () => {
  const { hubs, peer } = await withMessages({ redact })
  await messagesOf(hubs, peer)
  for (let n = 0; n < 20; n += 1) await messagesOf(hubs, await hubs.connect(0))
  send(hubs, peer, 'unseen')
  expect(await messagesOf(hubs, peer)).toEqual([])
})
