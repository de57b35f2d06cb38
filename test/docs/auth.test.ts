import { Client, type ClientOptions } from '@wshub/client'
import { socketsTo } from '@wshub/client/testing'
import * as core from '@wshub/core'
import { connect } from '@wshub/core/testing'
import * as adapter from '@wshub/express'
import type { Express } from 'express'
import * as jwt from 'express-jwt'
import session from 'express-session'
import { sign } from 'jsonwebtoken'
import request from 'supertest'
import { blockWith } from './blocks.js'
import { runBlock } from './run-block.js'
import { UnlistenedExpress } from './unlistened-app.js'

// The examples of docs/auth.md, run unchanged.

const PAGE = 'docs/auth.md'
let framework: UnlistenedExpress
let client: Client | undefined

beforeEach(() => {
  framework = new UnlistenedExpress()
})

afterEach(() => client?.close())

/** Connects the client of a page to the example. */
function open(options: ClientOptions): Client {
  client = new Client('ws://app/ws', { WebSocket: socketsTo(framework.server), ...options })
  return client
}

async function run(text: string): Promise<{ app: Express; hub: core.Hub }> {
  const modules = {
    '@wshub/core': core,
    '@wshub/express': adapter,
    express: framework.module,
    'express-session': { default: session },
    'express-jwt': jwt,
  }
  return (await runBlock(blockWith(PAGE, text), { modules })) as never
}

function tokenOf(user: string, seconds: number): string {
  return sign({ sub: user }, 'change me', { expiresIn: seconds })
}

describe('the example with a session', () => {
  test('the example with a session refuses a client without a login with the 401 of the app', async () => {
    await run('express-session')
    await expect(connect(framework.server, '/ws')).rejects.toMatchObject({ status: 401 })
  })

  test('the example with a session closes the connections of a user who logs out with 4401', async () => {
    const { app, hub } = await run('express-session')
    app.post('/login', (req, res) => {
      Object.assign(req.session, { user: { id: 'ada', name: 'Ada' } })
      res.sendStatus(204)
    })
    const login = await request(app).post('/login')
    const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
    const page = await connect(framework.server, '/ws', { headers: { cookie } })
    expect([...hub.connections.values()].map(({ user }) => user)).toEqual(['ada'])
    await request(app).post('/logout').set('Cookie', cookie).expect(204)
    expect(await page.closed).toMatchObject({ code: 4401 })
  })
})

describe('the example with a token', () => {
  test('the example with a token accepts a page that offers its token as a subprotocol', async () => {
    const { hub } = await run('expressjwt')
    await open({ token: () => tokenOf('ada', 60) }).ready
    expect([...hub.connections.values()].map(({ user }) => user)).toEqual(['ada'])
  })

  test('the example with a token keeps a connection open beyond its first token', async () => {
    const { hub } = await run('expressjwt')
    let asked = 0
    const renewed = new Promise<void>((resolve) => {
      const token = (): string => {
        asked += 1
        if (asked > 1) resolve()
        return tokenOf('ada', 2)
      }
      open({ token })
    })
    await renewed
    expect([...hub.connections.values()].map(({ state }) => state)).toEqual(['open'])
  })
})
