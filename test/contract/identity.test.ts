import { handshake } from '../support/request.js'
import { frame } from '../support/frame.js'
import { until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { type App, type Ask, hosts, type Reply, SessionStore, type Step } from './hosts/index.js'
import { login, setUp } from './setup.js'

const requireUser = ({ session }: Ask): Reply | undefined =>
  session['user'] ? undefined : { status: 401, headers: { 'WWW-Authenticate': 'Session' }, body: 'Who are you?' }

function withLogin(app: App, store: SessionStore): void {
  app.sessions(store)
  app.get('/login', ({ session }) => {
    session['user'] = 'ada'
    return { body: 'welcome' }
  })
}

const mark: Step = ({ session, cookie }) => {
  session['x'] = 1
  cookie('seen', 'yes')
}

const namesOf = (lines: readonly string[]): string[] => lines.map((line) => line.split('=', 1)[0] ?? '').toSorted()

describe.each(hosts)('identity on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  test('describe sees the session of the app, and each middleware runs once for an upgrade', async () => {
    const ran: string[] = []
    const chat = hub()
    const server = await app((it) => {
      it.use(() => void ran.push('first'))
      withLogin(it, new SessionStore())
      it.use(() => void ran.push('second'))
      it.ws('/chat', chat, {
        before: [requireUser, () => void ran.push('route')],
        describe: ({ session }) => {
          ran.push('describe')
          return { user: session['user'] as string }
        },
      })
    })
    const cookie = await login(server)
    ran.length = 0
    await ws(server, '/chat', { headers: { cookie } })
    expect([...chat.connections.values()].map(({ user }) => user)).toEqual(['ada'])
    expect(ran).toEqual(['first', 'second', 'route', 'describe'])
  })

  test('the authentication of the app refuses a client without a session', async () => {
    const chat = hub()
    const server = await app((it) => {
      withLogin(it, new SessionStore())
      it.ws('/chat', chat, { before: [requireUser] })
    })
    const { status, headers, body } = await refusal(ws(server, '/chat'))
    expect({ status, body, auth: headers['www-authenticate'] }).toEqual({
      status: 401,
      body: 'Who are you?',
      auth: 'Session',
    })
    expect(chat.stats().opened).toBe(0)
  })

  test('the 101 has the session and a second cookie that middleware sets, each on its own line as on a page', async () => {
    const store = new SessionStore()
    const server = await app((it) => {
      it.sessions(store)
      it.ws('/chat', hub(), { before: [mark] })
      it.get('/page', mark, () => ({}))
    })
    const client = await ws(server, '/chat')
    expect([...store.saved.values()].map((text) => (JSON.parse(text) as { x: number }).x)).toEqual([1])
    const names = namesOf(client.all('set-cookie'))
    expect(names).toContain('seen')
    expect(names.length).toBeGreaterThan(1)
    const page = await fetch(`${server.url}/page`)
    expect(names).toEqual(namesOf(page.headers.getSetCookie()))
  })

  test('a message in the packet of the request is handled after the session was saved', async () => {
    const store = new SessionStore()
    const open = store.hold()
    const received: unknown[] = []
    const chat = hub({ onMessage: (_, data) => void received.push([data, store.saved.size]) })
    const server = await app((it) => {
      it.sessions(store)
      it.ws('/chat', chat, { before: [({ session }) => void (session['x'] = 1)] })
    })
    raw(server, Buffer.concat([Buffer.from(handshake('/chat')), frame('early')]))
    await until(() => store.saving === 1)
    expect([chat.stats().opened, received]).toEqual([0, []])
    open()
    await until(() => received.length > 0)
    expect(received).toEqual([['early', 1]])
  })

  test('the connection has the identity that describe returns', async () => {
    const chat = hub()
    const server = await app((it) => {
      it.ws('/rooms/:room', chat, {
        describe: async ({ params }) => ({
          user: 'ada',
          data: { n: 7 },
          rooms: [params['room'] as string],
          session: 's',
        }),
      })
    })
    await ws(server, '/rooms/tea?x=1')
    const [one] = chat.room('tea').members()
    expect({ user: one?.user, data: one?.data, session: one?.session, url: one?.handshake.url }).toEqual({
      user: 'ada',
      data: { n: 7 },
      session: 's',
      url: '/rooms/tea?x=1',
    })
  })
})
