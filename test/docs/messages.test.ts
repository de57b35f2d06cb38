import * as core from '@wshub/core'
import { connect } from '@wshub/core/testing'
import { upgrade } from '@wshub/express'
import express from 'express'
import * as zod from 'zod'
import { blockWith } from './blocks.js'
import { runBlock } from './run-block.js'

// The first example of docs/messages.md, run unchanged.

async function appOf(user: string | undefined): Promise<express.Express> {
  const modules = { '@wshub/core': core, zod }
  const { hub } = await runBlock(blockWith('docs/messages.md', 'Log in first.'), { modules })
  const app = express()
  app.get(
    '/ws',
    upgrade(hub as core.Hub, () => ({ user, rooms: ['lobby'] })),
  )
  return app
}

test('the first example of messages emits an event and returns the reply', async () => {
  const client = await connect(await appOf('ada'), '/ws')
  expect(await client.request('say', { text: 'hello' })).toEqual({ delivered: true })
  expect(await client.next('said')).toMatchObject({ payload: { from: 'ada', text: 'hello' } })
  await client.close()
})

test('the first example of messages rejects an invalid payload and an anonymous user', async () => {
  const client = await connect(await appOf(undefined), '/ws')
  await expect(client.request('say', { text: 7 })).rejects.toMatchObject({ code: 'invalid_payload' })
  await expect(client.request('say', { text: 'hello' })).rejects.toMatchObject({ code: 'forbidden' })
  await client.close()
})
