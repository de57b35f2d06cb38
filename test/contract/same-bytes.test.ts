import { setImmediate } from 'node:timers/promises'
import { CLOSE } from '../support/client-frame.js'
import { frame } from '../support/frame.js'
import type { RawClient } from '../support/raw.js'
import { until } from '../support/wait.js'
import { type App, hosts } from './hosts/index.js'
import { type Probe, PROBES } from './probes.js'
import { type ContractSetup, setUp } from './setup.js'

interface Outcome {
  readonly status: number
  readonly texts: readonly string[]
  readonly code: number | undefined
  readonly events: readonly string[]
}

class Teapot extends Error {
  readonly status = 418
}

const fail = (): never => {
  throw new Teapot('broken')
}

describe('the same bytes on every framework', () => {
  const stages = hosts.map((host) => [host.name, setUp(host)] as const)

  test.each(PROBES)('$name: the same answer and the same events, in the same order', async (probe) => {
    const outcomes = await Promise.all(stages.map(async ([name, it]) => [name, await outcomeOf(it, probe)] as const))
    const { status, texts = [], code, events } = probe
    const expected: Outcome = { status, texts, code, events }
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(hosts.map(({ name }) => [name, expected])))
  })
})

async function outcomeOf({ app, hub, raw }: ContractSetup, probe: Probe): Promise<Outcome> {
  const events: string[] = []
  const note = (event: string): void => void events.push(event)
  const chat = hub({
    onOpen: () => note('open'),
    onJoin: (_, room) => note(`join ${room}`),
    onLeave: (_, room) => note(`leave ${room}`),
    onClose: (_, { code, clean }) => note(`close ${code} ${clean ? 'clean' : 'lost'}`),
    onError: (_, { stage: where }) => note(`error ${where}`),
    onMessage(connection, data) {
      note(`message ${String(data)}`)
      if (String(data) === 'break') fail()
      if (String(data) === 'out') connection.close(4403)
      else connection.send(String(data))
    },
  })
  const full = hub({ limits: { maxConnections: 1 } })
  await full.close()
  const build = (it: App): void => {
    it.use(({ res }) => {
      note('use')
      for (const event of ['finish', 'close']) res.on(event, () => note(`res ${event}`))
    })
    it.get('/page', () => ({ body: 'a page' }))
    it.ws('/chat', chat, {
      before: [() => note('before')],
      describe: () => {
        note('describe')
        return { rooms: ['tea'] }
      },
    })
    it.ws('/locked', chat, { before: [() => ({ status: 401 })] })
    it.ws('/broken', chat, { before: [fail] })
    it.ws('/broken/later', chat, { describe: () => Promise.resolve().then(fail) })
    it.ws('/full', full)
    it.onError((error) => {
      note('handle error')
      return { status: (error as Teapot).status }
    })
    it.fallback(() => ({ status: 404, body: 'nowhere' }))
  }
  const client = raw(await app(build), probe.bytes)
  const { status, texts, code } = await listen(client, probe)
  await until(() => events.length >= probe.events.length).catch(() => undefined)
  await setImmediate()
  return { status, texts, code, events }
}

/** Reads the answer and, if the client was accepted, everything up to the close frame. */
async function listen(client: RawClient, probe: Probe): Promise<Omit<Outcome, 'events'>> {
  const answer = await (probe.bytes.startsWith('HEAD ') ? client.head() : client.answer())
  const status = answer?.status ?? 0
  if (status !== 101) return { status, texts: [], code: undefined }
  for (const bytes of probe.sends ?? []) client.send(bytes)
  const texts = (await client.texts(probe.texts?.length ?? 0)).map(String)
  await probe.end?.(client)
  const last = await client.frame()
  if (!last) return { status, texts, code: undefined }
  // A client that gets a close frame answers with one and ends its stream.
  if (!probe.end) client.send(frame(last.payload, CLOSE))
  client.socket.end()
  return { status, texts, code: last.opcode === CLOSE ? last.payload.readUInt16BE() : NaN }
}
