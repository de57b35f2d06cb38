import type { Browser } from 'playwright-core'
import type { CreateOptions, Host, Running } from '../contract/hosts'
import { hosts } from '../contract/hosts'
import { setUp } from '../contract/setup'
import { launchBrowser } from './browser'
import { scale } from '../support/scale'

// Browsers hide the status of a refused handshake from the page, but show it a close code.

jest.setTimeout(60_000)

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
})

/** How a page sees the end of a WebSocket. */
interface End {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
  readonly protocol: string
}

describe.each(scale(hosts, hosts.slice(0, 1)))('what a page learns of a refusal on $name', (host: Host) => {
  const { app, hub } = setUp(host)

  function serve(options?: CreateOptions): Promise<Running> {
    const chat = hub({ limits: { maxConnections: 1 } })
    return app((it) => {
      it.get('/', () => ({ headers: { 'Content-Type': 'text/html' }, body: '<!doctype html><title>page</title>' }))
      it.ws('/locked', chat, { before: [() => ({ status: 401, body: 'Log in first.' })] })
      it.ws('/chat', chat)
    }, options)
  }

  test('a page learns code and reason of a refusal with refusals: close', async () => {
    const server = await serve({ attach: { refusals: 'close' } })
    const end = await dial(server, server, '/locked')
    expect(end).toEqual({ code: 4401, reason: 'Log in first.', wasClean: true, protocol: '' })
    expect(await dial(server, server, '/nowhere')).toMatchObject({ code: 4404 })
    expect(await dial(server, server, '/locked', ['wshub', 'bearer.secret'])).toMatchObject({
      code: 4401,
      protocol: 'wshub',
    })
  })

  test('a page of another site cannot read a refusal', async () => {
    const server = await serve({ attach: { refusals: 'close' } })
    const foreign = await serve()
    expect(await dial(foreign, server, '/locked')).toMatchObject({ code: 1006, reason: '' })
    expect(await dial(foreign, server, '/chat')).toMatchObject({ code: 1006, reason: '' })
  })

  test('a page learns only that the handshake failed without refusals: close', async () => {
    const server = await serve()
    expect(await dial(server, server, '/locked')).toMatchObject({ code: 1006, reason: '', wasClean: false })
  })
})

/** Connects from a page of one server to a path of another. */
async function dial(page: Running, target: Running, path: string, protocols: string[] = []): Promise<End> {
  const tab = await browser.newPage()
  try {
    await tab.goto(page.url)
    const url = JSON.stringify(`${target.url.replace('http', 'ws')}${path}`)
    const script = `new Promise((resolve) => {
      const socket = new WebSocket(${url}, ${JSON.stringify(protocols)})
      socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean, protocol: socket.protocol })
    })`
    return (await tab.evaluate(script)) as End
  } finally {
    await tab.close()
  }
}
