import { Client } from '@wshub/client'
import { WebSocket } from 'ws'
import { blocksOf } from '../blocks.js'
import { StartedExample } from './started-example.js'

// The copy-paste starts of the README, each unchanged in a process of its own.

const STARTS = blocksOf('README.md').filter(({ code }) => /^\/\/ \w+: npm install/.test(code))
const cases = STARTS.map((block) => ({ ...block, framework: /\w+/.exec(block.code)?.[0] ?? '' }))

test('there is a start for each framework', () => {
  expect(cases.map(({ framework }) => framework)).toEqual(['Express', 'Koa', 'Fastify'])
})

test.each(cases)('the start for $framework has at most 15 lines', ({ code }) => {
  expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
})

test.each(cases)('a client of the start for $framework gets what another client says', async ({ code }) => {
  const example = await StartedExample.start({ 'server.mjs': code })
  const connect = (): Client => new Client(`${example.url.replace('http', 'ws')}/ws`, { WebSocket })
  const [speaker, listener] = [connect(), connect()]
  try {
    const said = new Promise((resolve) => listener.on('said', resolve))
    await listener.ready
    await speaker.request('say', 'hello')
    expect(await said).toEqual({ from: expect.any(String), text: 'hello' })
  } finally {
    for (const client of [speaker, listener]) client.close()
    await example.stop()
  }
})
