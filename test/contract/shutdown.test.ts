import { Router } from '@wshub/core'
import { inBatches, until } from '../support/wait.js'
import { refusal } from '../support/ws-client.js'
import { hosts } from './hosts/index.js'
import { stage } from './stage.js'
import { Talker } from './talker.js'

const CROWD = 100

describe.each(hosts)('the end of a hub on $name', (host) => {
  const { app, hub, ws } = stage(host)

  test('a hundred clients under traffic all get 1001, and nothing that was acknowledged is lost', async () => {
    const router = new Router().handle('say', ({ connection, payload }) => {
      connection.hub.room('log').emit('said', payload)
      return true
    })
    const chat = hub({ router, onOpen: (connection) => connection.join('log') })
    const server = await app((it) => {
      it.ws('/say', chat)
      it.get('/page', () => ({ body: 'a page' }))
    })
    const talkers: Talker[] = []
    await inBatches([...Array(CROWD).keys()], 20, async (index) => {
      talkers.push(new Talker(`${index}`, await ws(server, '/say')))
    })
    for (const talker of talkers) talker.talk()
    await until(() => talkers.every(({ acknowledged }) => acknowledged.length >= 3), 20_000)
    await chat.close({ within: 10_000 })
    const ends = await Promise.all(talkers.map(({ client }) => client.closed))
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1001]))
    expect(ends.every(({ reason }) => /^retry=\d+$/.test(reason))).toBe(true)
    const acknowledged = talkers.flatMap((talker) => talker.acknowledged)
    for (const { heard } of talkers) expect(acknowledged.filter((said) => !heard.has(said))).toEqual([])
    // The HTTP server is not the hub's: it goes on, pages and all.
    expect(server.server.listening).toBe(true)
    expect(await (await fetch(`${server.url}/page`)).text()).toBe('a page')
    expect((await refusal(ws(server, '/say'))).status).toBe(503)
  })
})
