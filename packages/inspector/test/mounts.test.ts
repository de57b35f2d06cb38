import { Hub } from '@wshub/core'
import { cookiesOf } from '../../../test/support/cookies.js'
import Koa from 'koa'
import { inspector } from '@wshub/inspector/koa'
import { listening, mountedApps } from './mounted-apps.js'

// The inspector behind the sessions of an app, in each framework.

interface SimpleRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

const PATHS = ['/hub', '/hub/', '/hub/main.js', '/hub/api/overview', '/hub/api/connection?id=a', '/hub/nothing']

describe.each(mountedApps)('the inspector in $name', ({ start }) => {
  let app: Awaited<ReturnType<typeof start>>

  beforeEach(async () => {
    app = await start(new Hub())
  })
  afterEach(() => app.close())

  async function login(): Promise<string> {
    const response = await fetch(`${app.url}/login`)
    await response.text()
    return cookiesOf(response)
  }

  /** The response to a request with or without a cookie. */
  function get(path: string, cookie = '', { method = 'GET', headers = {} }: Partial<SimpleRequest> = {}) {
    return fetch(app.url + path, { redirect: 'manual', method, headers: { cookie, ...headers } })
  }

  test('no path of the inspector answers a user without the session of an admin', async () => {
    const bodies = []
    for (const path of PATHS) {
      for (const method of ['GET', 'POST']) {
        const response = await get(path, '', { method })
        bodies.push([path, response.status, await response.text()])
      }
    }
    expect(bodies).toEqual(PATHS.flatMap((path) => [401, 401].map((status) => [path, status, 'login'])))
  })

  test('an admin gets the page, its files and the counts', async () => {
    const cookie = await login()
    const [page, script, counts] = [
      await get('/hub/', cookie),
      await get('/hub/main.js', cookie),
      await get('/hub/api/overview', cookie),
    ]
    expect([page, script, counts].map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
      [200, 'text/html; charset=utf-8'],
      [200, 'text/javascript; charset=utf-8'],
      [200, 'application/json; charset=utf-8'],
    ])
    expect(await page.text()).toContain('<script type="module" src="main.js">')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await counts.json()).toMatchObject({ hub: 'hub', servers: [{ connections: 0 }] })
  })

  test('a request without the trailing slash is redirected relative to the URL in the browser', async () => {
    const response = await get('/hub', await login())
    expect([response.status, response.headers.get('location')]).toEqual([302, './hub/'])
    expect(new URL('./hub/', 'https://example.com/behind/a/proxy/hub').pathname).toBe('/behind/a/proxy/hub/')
  })

  test('the app answers paths that the inspector does not have', async () => {
    const response = await get('/hub/nothing', await login())
    expect([response.status, await response.text()]).toEqual([404, 'nothing of the app is here'])
  })

  test('an admin gets only headers for HEAD, and 304 for an unchanged file', async () => {
    const cookie = await login()
    const head = await get('/hub/main.js', cookie, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const again = await get('/hub/main.js', cookie, { headers: { 'if-none-match': head.headers.get('etag') ?? '' } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('a wrong parameter gets 400, a wrong method 405, and a ping without the header 403', async () => {
    const cookie = await login()
    const wrong = await get('/hub/api/rooms?limit=x', cookie)
    const put = await get('/hub/api/rooms', cookie, { method: 'PUT' })
    const ping = await get('/hub/api/ping?id=nobody', cookie, { method: 'POST', headers: { 'x-wshub-inspector': '1' } })
    const forged = await get('/hub/api/ping?id=nobody', cookie, { method: 'POST' })
    expect([wrong, put, ping, forged].map(({ status }) => status)).toEqual([400, 405, 200, 403])
    expect(await wrong.json()).toMatchObject({ error: { message: expect.stringContaining('limit must be') } })
  })
})

test.each([
  ['/hub/main.js', 200],
  ['/hub', 302],
  ['/hubble', 404],
  ['/hub-main.js', 404],
  ['/main.js', 404],
  ['/bus/main.js', 404],
  ['/other/hub/main.js', 404],
])('the inspector at the prefix /hub of a Koa app answers %s with %d', async (path, status) => {
  const koa = new Koa()
  koa.use(inspector(new Hub(), { prefix: '/hub' }))
  const handle = koa.callback()
  const { url, close } = await listening((request, response) => void handle(request, response))
  const response = await fetch(url + path, { redirect: 'manual' })
  await response.text()
  await close()
  expect(response.status).toBe(status)
})
