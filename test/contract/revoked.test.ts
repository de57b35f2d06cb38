import type { Hub } from '@wshub/core'
import { handshake } from '../support/request.js'
import { latch, until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { hosts, type Running, SessionStore } from './hosts/index.js'
import { setUp } from './setup.js'

// A handshake whose user or session is disconnected before the 101 opens no connection.

const REVOCATIONS: [name: string, revoke: (hub: Hub) => void][] = [
  ['a session that is disconnected', (hub) => hub.session('s1').disconnect()],
  ['a user who is disconnected', (hub) => hub.user('ada').disconnect()],
  ['a user who is banned', (hub) => hub.user('bob', 'ada').disconnect(4403, 'banned')],
  [
    'a user who is disconnected except for one connection',
    (hub) => hub.user('ada').except('x'.repeat(20)).disconnect(),
  ],
]

const ADA = { user: 'ada', session: 's1' }

describe.each(hosts)('a login that is revoked during the handshake on $name', (host) => {
  const { app, hub, ws, raw } = setUp(host)

  /** An app that pauses each handshake in its authentication or in `describe` until `open` is called. */
  async function slow(
    chat: Hub,
    place: 'auth' | 'describe',
  ): Promise<{ server: Running; waiting: () => boolean; open: () => void }> {
    const { held: opened, release: open } = latch()
    let waiting = false
    const wait = async (): Promise<void> => {
      waiting = true
      await opened
    }
    const server = await app((it) =>
      it.ws('/chat', chat, {
        before: place === 'auth' ? [wait] : [],
        describe: async () => {
          if (place === 'describe') await wait()
          return ADA
        },
      }),
    )
    return { server, waiting: () => waiting, open }
  }

  describe.each(['auth', 'describe'] as const)('in %s', (place) => {
    test.each(REVOCATIONS)(
      'the handshake of %s gets 401 and opens no connection; the next handshake is accepted',
      async (_, revoke) => {
        const chat = hub()
        const { server, waiting, open } = await slow(chat, place)
        const client = raw(server, handshake('/chat'))
        await until(waiting)
        revoke(chat)
        open()
        expect(await client.answer()).toMatchObject({ status: 401, body: 'The login has ended.\n' })
        expect(chat.stats()).toMatchObject({ opened: 0, users: 0, refused: { revoked: 1 } })
        await ws(server, '/chat')
        expect(chat.stats().opened).toBe(1)
      },
    )
  })

  test('disconnecting other users, or with a code that revokes no login, refuses no pending handshake', async () => {
    const chat = hub()
    const { server, waiting, open } = await slow(chat, 'describe')
    const opening = ws(server, '/chat')
    await until(waiting)
    chat.user('bob').disconnect()
    chat.session('s2').disconnect()
    chat.user('ada').disconnect(4409, 'replaced')
    chat.user('ada').disconnect(1012)
    chat.disconnect()
    open()
    await opening
    expect(chat.stats()).toMatchObject({ opened: 1, refused: {} })
  })

  test('a handshake that is revoked after the 101 closes with 4401 and calls no hook', async () => {
    const store = new SessionStore()
    const open = store.hold()
    const hooks: string[] = []
    const chat = hub({ onOpen: () => void hooks.push('open'), onClose: () => void hooks.push('close') })
    const server = await app((it) => {
      it.sessions(store)
      it.ws('/chat', chat, { before: [({ session }) => void (session['x'] = 1)], describe: () => ADA })
    })
    const client = raw(server, handshake('/chat'))
    await until(() => store.saving === 1)
    chat.session('s1').disconnect()
    open()
    const answer = await client.answer()
    expect(answer?.status).toBe(101)
    expect(answer?.all('set-cookie')).not.toEqual([])
    const closing = await client.frame()
    expect([closing?.opcode, closing?.payload.readUInt16BE()]).toEqual([8, 4401])
    await client.ended
    expect(hooks).toEqual([])
    expect(chat.stats()).toMatchObject({ opened: 0, connections: 0, refused: { revoked: 1 } })
  })

  test('the connection slot of a revoked handshake is free again', async () => {
    const chat = hub({ limits: { maxConnections: 1 } })
    const { server, waiting, open } = await slow(chat, 'describe')
    const opening = ws(server, '/chat')
    await until(waiting)
    chat.user('ada').disconnect()
    open()
    expect((await refusal(opening)).status).toBe(401)
    await ws(server, '/chat')
  })
})
