import { handshake, plain } from '../support/request.js'
import { until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

const undated = (lines: readonly string[] | undefined): unknown => lines?.filter((line) => !/^date:/i.test(line))

describe.each(hosts)('routes on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('an upgrade gets the prefix, params and middleware of its scope like a page', async () => {
    const ran: string[] = []
    const chat = hub()
    const server = await app((it) => {
      it.scope('/teams/:team', (team) => {
        team.use(() => void ran.push('inside'))
        team.ws('/rooms/:room', chat, { describe: ({ params }) => ({ data: { ...params } }) })
      })
      it.scope('/elsewhere', (other) => other.use(() => void ran.push('elsewhere')))
    })
    await ws(server, '/teams/red%20ones/rooms/a%2Fb')
    expect([...chat.connections.values()].map(({ data }) => data)).toEqual([{ team: 'red ones', room: 'a/b' }])
    expect(ran).toEqual(['inside'])
  })

  test('two routes lead to two hubs', async () => {
    const [one, two] = [hub(), hub()]
    const server = await app((it) => {
      it.ws('/one', one)
      it.ws('/two', two)
    })
    await ws(server, '/one')
    await Promise.all([ws(server, '/two'), ws(server, '/two')])
    expect([one.connections.size, two.connections.size]).toEqual([1, 2])
  })

  test('an upgrade to an unknown path gets the same bytes as a page request', async () => {
    const server = await app((it) => it.ws('/chat', hub()))
    const [page, socket] = await Promise.all([
      raw(server, plain('/nowhere', { fields: { Connection: 'close' } })).answer(),
      raw(server, handshake('/nowhere')).answer(),
    ])
    expect(socket?.status).toBe(404)
    expect(socket?.body).toBe(page?.body)
    expect(undated(socket?.lines)).toEqual(undated(page?.lines))
  })

  test('the fallback page of an app answers an upgrade to an unknown path', async () => {
    const server = await app((it) => {
      it.ws('/chat', hub())
      it.fallback(() => ({ body: '<title>spa</title>' }))
    })
    const { status, body } = await refusal(ws(server, '/nowhere'))
    expect([status, body]).toEqual([200, '<title>spa</title>'])
    await ws(server, '/chat')
  })

  test('a page request to the route of a hub is answered 426', async () => {
    const chat = hub()
    const server = await app((it) => it.ws('/chat', chat))
    const answer = await raw(server, plain('/chat')).answer()
    expect([answer?.status, answer?.header('upgrade')]).toEqual([426, 'websocket'])
    expect(answer?.header('connection')?.toLowerCase()).toContain('upgrade')
    expect(chat.stats().opened).toBe(0)
  })

  test('one path serves a page and accepts upgrades', async () => {
    const server = await app((it) => {
      it.ws('/both', hub(), { before: [({ isUpgrade }) => (isUpgrade ? undefined : { body: 'a page' })] })
    })
    await ws(server, '/both')
    const page = await fetch(`${server.url}/both`)
    expect([page.status, await page.text()]).toEqual([200, 'a page'])
  })

  test('the 101 carries the headers of middleware and Date, except hop-by-hop and body headers', async () => {
    const server = await app((it) => {
      it.use(({ set }) => {
        set('X-Request-Id', '7')
        set('Content-Language', 'de')
        set('Content-Type', 'text/plain')
        set('Keep-Alive', 'timeout=5')
      })
      it.ws('/chat', hub())
    })
    const answer = await raw(server, handshake('/chat')).answer()
    expect(answer?.status).toBe(101)
    expect(answer?.header('x-request-id')).toBe('7')
    expect(answer?.header('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    const names = answer?.lines
      .map((line) => line.split(':', 1)[0]?.toLowerCase())
      .filter((name) => name !== 'x-powered-by')
    const own = ['content-language', 'x-request-id']
    expect(names?.toSorted()).toEqual(['connection', 'date', 'sec-websocket-accept', 'upgrade', ...own].toSorted())
  })

  test('the access log shows each upgrade once, with its status', async () => {
    const log: string[] = []
    const server = await app(
      (it) => {
        it.ws('/chat', hub())
        it.ws('/locked', hub(), { before: [() => ({ status: 403 })] })
      },
      { log },
    )
    const client = await ws(server, '/chat?x=1')
    await refusal(ws(server, '/locked'))
    await refusal(ws(server, '/nowhere'))
    await client.close()
    await until(() => log.length >= 3)
    expect(log).toEqual(['GET /chat?x=1 101', 'GET /locked 403', 'GET /nowhere 404'])
  })
})
