import { inBatches, until } from '../support/wait.js'
import { WsClient } from '../support/ws-client.js'
import { Child } from './children.js'
import { hosts } from './hosts/index.js'
import { Talker } from './talker.js'

const CROWD = 100
/** What the hub is given to close, and a generous moment for the process around it. */
const DEADLINE = 15_000

describe.each(hosts)('a process of its own with $name', ({ name }) => {
  const children: Child[] = []
  const start = (...args: ConstructorParameters<typeof Child>): Child => {
    const child = new Child(...args)
    children.push(child)
    return child
  }
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill()
      await child.ended
    }
  })

  test('SIGTERM under traffic: everybody gets 1001, nothing acknowledged is lost, it ends by itself with 0', async () => {
    const server = start(['serve.cjs', name])
    const port = await server.line()
    const talkers: Talker[] = []
    await inBatches([...Array(CROWD).keys()], 20, async (index) => {
      talkers.push(new Talker(`${index}`, await WsClient.open(`ws://127.0.0.1:${port}/ws`)))
    })
    for (const talker of talkers) talker.talk()
    await until(() => talkers.every(({ acknowledged }) => acknowledged.length >= 3), 20_000)
    const late = setTimeout(() => server.kill(), DEADLINE)
    server.signal('SIGTERM')
    const ended = await server.ended
    clearTimeout(late)
    expect(ended).toEqual({ code: 0, signal: null, output: `${port}\n` })
    const codes = await Promise.all(talkers.map(({ client }) => client.closed.then(({ code }) => code)))
    expect(new Set(codes)).toEqual(new Set([1001]))
    const acknowledged = talkers.flatMap((talker) => talker.acknowledged)
    for (const { heard } of talkers) expect(acknowledged.filter((said) => !heard.has(said))).toEqual([])
  }, 60_000)

  test('the test kit opens no port, and the test runner ends by itself', async () => {
    const runner = start(['--test', '--test-reporter=tap', 'testing.cjs'], { FRAMEWORK: name })
    const late = setTimeout(() => runner.kill(), DEADLINE)
    const { code, output } = await runner.ended
    clearTimeout(late)
    expect([code, output]).toEqual([0, expect.stringMatching(/# pass 3\n# fail 0\n/)])
  })
})
