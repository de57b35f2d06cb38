import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import Router from '@koa/router'
import * as core from '@wshub/core'
import { connect } from '@wshub/core/testing'
import * as adapter from '@wshub/koa'
import Koa from 'koa'
import session from 'koa-session'
import request from 'supertest'
import { blockWith } from './blocks.js'
import { runBlock } from './run-block.js'

// The example of docs/auth.md whose session is in a cookie, run unchanged.

const servers: Server[] = []

/** A Koa whose server listens on no port. */
class UnlistenedKoa extends Koa {
  override listen(): Server {
    const handle = this.callback()
    const server = createServer((req, res) => void handle(req, res))
    servers.push(server)
    return server
  }
}

/** Runs the example, and logs ada in. @returns the server, and the cookie of the login */
async function logIn(): Promise<{ server: Server; cookie: string }> {
  const modules = {
    'node:crypto': { randomUUID },
    '@koa/router': { default: Router },
    '@wshub/core': core,
    '@wshub/koa': adapter,
    koa: { default: UnlistenedKoa },
    'koa-session': { default: session },
  }
  const names = { checkPassword: async () => ({ id: 'ada' }) }
  await runBlock(blockWith('docs/auth.md', 'koa-session'), { modules, names })
  const server = servers.at(-1)
  if (!server) throw new Error('The example has not called listen().')
  const login = await request(server).post('/login').expect(204)
  const cookies = login.get('Set-Cookie') ?? []
  return { server, cookie: cookies.map((line) => line.split(';')[0]).join('; ') }
}

test('a logout of a session in a cookie closes its connections with 4401', async () => {
  const { server, cookie } = await logIn()
  const page = await connect(server, '/ws', { headers: { cookie } })
  await request(server).post('/logout').set('Cookie', cookie).expect(204)
  expect(await page.closed).toMatchObject({ code: 4401 })
})

test('the old cookie of a session in a cookie cannot connect after the logout', async () => {
  const { server, cookie } = await logIn()
  await request(server).post('/logout').set('Cookie', cookie).expect(204)
  await expect(connect(server, '/ws', { headers: { cookie } })).rejects.toMatchObject({ status: 401 })
})
