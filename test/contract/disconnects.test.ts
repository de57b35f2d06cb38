import { setImmediate } from 'node:timers/promises'
import { CloseCode } from '@wshub/core'
import { until } from '../support/wait.js'
import { hosts, SessionStore } from './hosts/index.js'
import { login, setUp } from './setup.js'

const inAYear = (): { expiresAt: number } => ({ expiresAt: Date.now() + 365 * 86_400_000 })

describe.each(hosts)('the end of a session on $name', (host) => {
  const { app, hub, ws } = setUp(host)

  test('a logout page closes every connection of that session, and of no other', async () => {
    const chat = hub()
    const server = await app((it) => {
      it.sessions(new SessionStore())
      it.get('/login', ({ session }) => {
        session['user'] = 'ada'
        return {}
      })
      it.get('/logout', async ({ sessionId, endSession }) => {
        await endSession()
        chat.session(sessionId).disconnect()
        return { body: 'bye' }
      })
      it.ws('/chat', chat, {
        before: [({ session }) => (session['user'] ? undefined : { status: 401 })],
        describe: ({ session, sessionId }) => ({ user: session['user'] as string, session: sessionId }),
      })
    })
    const [here, there] = [await login(server), await login(server)]
    const tabs = await Promise.all([here, here, there].map((cookie) => ws(server, '/chat', { headers: { cookie } })))
    await (await fetch(`${server.url}/logout`, { headers: { cookie: here } })).text()
    const ends = await Promise.all(tabs.slice(0, 2).map(({ closed }) => closed))
    expect(ends.map(({ code }) => code)).toEqual([4401, 4401])
    await setImmediate()
    expect(tabs[2]?.socket.readyState).toBe(1)
    expect(chat.connections.size).toBe(1)
    await expect(ws(server, '/chat', { headers: { cookie: here } })).rejects.toMatchObject({ status: 401 })
  })

  test('a ban closes every connection of that user, with the code and the reason that the app gives', async () => {
    const chat = hub()
    const server = await app((it) => {
      it.ws('/as/:user', chat, { describe: ({ params: { user } }) => ({ user: user as string }) })
    })
    const ada = await Promise.all([ws(server, '/as/ada'), ws(server, '/as/ada')])
    const bob = await ws(server, '/as/bob')
    chat.user('ada').disconnect()
    expect((await Promise.all(ada.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([4401, 4401])
    chat.user('bob').disconnect(CloseCode.Forbidden, 'banned')
    expect(await bob.closed).toEqual({ code: 4403, reason: 'banned' })
  })

  test.each([
    ['milliseconds', (time: number) => time],
    ['a date', (time: number) => new Date(time)],
  ])('expiresAt, given as %s, closes the connection when it is reached', async (_, form) => {
    const codes: number[] = []
    const chat = hub({ onClose: (__, { code }) => void codes.push(code) })
    const server = await app((it) => it.ws('/chat', chat, { describe: () => ({ expiresAt: form(Date.now() + 100) }) }))
    const client = await ws(server, '/chat')
    expect(await client.closed).toEqual({ code: 4401, reason: 'expired' })
    await until(() => codes.length > 0)
    expect(codes).toEqual([4401])
  })

  test('an expiresAt in the past closes the connection at once', async () => {
    const server = await app((it) => it.ws('/chat', hub(), { describe: () => ({ expiresAt: Date.now() - 1000 }) }))
    const client = await ws(server, '/chat')
    expect((await client.closed).code).toBe(4401)
  })

  test('an expiresAt beyond the longest timer does not close the connection at once', async () => {
    const chat = hub({ onMessage: (connection, data) => connection.send(data) })
    const server = await app((it) => it.ws('/chat', chat, { describe: inAYear }))
    const client = await ws(server, '/chat')
    expect(await client.send('still here').received(1)).toEqual(['still here'])
  })
})
