import { Hub } from '@wshub/core'
import { Inspector } from '@wshub/inspector'
import { closeHubServers, HubServer } from '../../core/test/hub-server.js'
import { InspectedHubs } from './inspected-hubs.js'

// Requests to the inspector and what it answers, whatever the framework.

afterEach(closeHubServers)

const PATHS = ['/', '/main.js', '/style.css', '/icon.svg', '/api/overview', '/api/rooms', '/api/connections']

describe('an answer of the inspector', () => {
  test.each(PATHS)('the headers of %s permit only files of the inspector, and no frame', async (path) => {
    const hubs = await InspectedHubs.open(1)
    const { status, headers } = await hubs.ask(path)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self'; /),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toMatch(/unsafe|http|\*/)
  })

  test('data is not cached, and files are revalidated', async () => {
    const hubs = await InspectedHubs.open(1)
    expect((await hubs.ask('/api/overview')).headers['cache-control']).toBe('no-store')
    const { headers } = await hubs.ask('/main.js')
    expect(headers['cache-control']).toBe('no-cache')
    const again = await hubs.ask('/main.js', { headers: { 'if-none-match': headers['etag'] } })
    expect([again.status, again.body]).toEqual([304, ''])
  })

  test('a request without the trailing slash is redirected to a relative URL', async () => {
    const hubs = await InspectedHubs.open(1)
    const { status, headers } = await hubs.ask('/', { url: '/admin/hub?x=1' })
    expect([status, headers['location']]).toEqual([302, './hub/'])
  })

  test('a HEAD request gets the headers of the GET request', async () => {
    const hubs = await InspectedHubs.open(1)
    const [get, head] = [await hubs.ask('/main.js'), await hubs.ask('/main.js', { method: 'HEAD' })]
    expect([head.status, head.body, head.headers]).toEqual([200, '', get.headers])
  })

  test.each(['/nothing', '/api', '/api/nothing', '/../package.json', '/__proto__', '/index.html', '//main.js', ''])(
    'a request for %j is left to the app',
    async (path) => {
      const inspector = new Inspector(new Hub())
      expect(await inspector.answer({ method: 'GET', path, url: path, headers: {} })).toBeUndefined()
    },
  )

  test.each([
    ['PUT', '/api/overview', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/main.js', 'GET, HEAD'],
    ['GET', '/api/ping', 'POST'],
  ])('a %s request for %s gets 405 and the methods that are allowed', async (method, path, allow) => {
    const hubs = await InspectedHubs.open(1)
    const { status, headers } = await hubs.ask(path, { method })
    expect([status, headers['allow']]).toEqual([405, allow])
  })

  test.each([
    ['/api/overview?x=1', 'There is no parameter "x". There is none here.'],
    ['/api/rooms?limit=0', 'The parameter limit must be a whole number from 1 to 200.'],
    ['/api/rooms?limit=1e2', 'The parameter limit must be a whole number from 1 to 200.'],
    ['/api/rooms?limit=201', 'The parameter limit must be a whole number from 1 to 200.'],
    ['/api/rooms?limit=1&limit=2', 'The parameter limit may be there once.'],
    ['/api/rooms?find=a', 'There is no parameter "find". Known are: search, after, limit.'],
    [`/api/rooms?search=${'a'.repeat(1001)}`, 'The parameter search has at most 1000 characters.'],
    ['/api/connections?limit=', 'The parameter limit must be a whole number from 1 to 200.'],
    [
      '/api/connections?__proto__=1',
      'There is no parameter "__proto__". Known are: user, room, address, limit, cursor.',
    ],
    ['/api/connection', 'The parameter id is required.'],
    ['/api/connection?id=', 'The parameter id is required.'],
  ])('a request for %s gets 400 and a sentence', async (url, message) => {
    const hubs = await InspectedHubs.open(1)
    const { status, value } = await hubs.ask(url)
    expect([status, value]).toEqual([400, { error: { code: 'invalid_request', message } }])
  })

  test('a cursor that was changed gets 400', async () => {
    const hubs = await InspectedHubs.open(1)
    const { status, value } = await hubs.ask('/api/connections?cursor=junk')
    expect([status, value]).toMatchObject([400, { error: { code: 'invalid_cursor' } }])
  })
})

const redact = (text: string): string => text

describe('the options of an inspector', () => {
  test.each([
    [{ server: 'a' }, 'There is no option server'],
    [{ data: true }, 'data must be a function'],
    [{ actions: 'yes' }, 'actions must be true or false'],
    [{ messages: true }, 'messages must be an object'],
    [{ messages: {} }, 'messages.redact is required'],
    [{ messages: { redact: 1 } }, 'messages.redact must be a function'],
    [{ messages: { redact, last: 101 } }, 'messages.last must be a whole number from 1 to 100'],
  ])('the options %j are a TypeError', (options, text) => {
    expect(() => new Inspector(new Hub(), options as never)).toThrow(TypeError)
    expect(() => new Inspector(new Hub(), options as never)).toThrow(text)
  })

  test('an object that is no hub is a TypeError', () => {
    expect(() => new Inspector({} as never)).toThrow('An inspector needs a Hub of the same copy of @wshub/core.')
  })

  test('a second inspector of a hub needs the options of the first one', () => {
    const { hub } = new HubServer()
    const options = { data: () => 1 }
    for (const one of [options, { ...options }]) expect(() => new Inspector(hub, one)).not.toThrow()
    expect(() => new Inspector(hub)).toThrow('The hub has an inspector with other options.')
  })
})
