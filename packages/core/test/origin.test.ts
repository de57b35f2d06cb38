import type { IncomingMessage } from 'node:http'
import { originRefusal, OriginList, type Origins } from '../src/upgrade/origin.js'
import { HANDSHAKE, aRequest, handshake, type Lines } from './handshake-requests.js'

function judge(request: IncomingMessage, host: string, origins: Origins = []) {
  const list = new OriginList(origins)
  return originRefusal(request, { host, secure: false }, (page) => list.includes(page))
}

describe('an origin', () => {
  const HOST = 'app.example.com'

  function verdict(origin: string | undefined, origins?: Origins, host = HOST): number {
    const request = handshake(origin === undefined ? {} : { Origin: origin })
    return judge(request, host, origins)?.status ?? 101
  }

  test.each([
    [undefined, HOST],
    ['https://app.example.com', HOST],
    ['http://app.example.com', HOST],
    ['HTTPS://APP.example.com', HOST],
    ['https://app.example.com:443', HOST],
    ['https://app.example.com', 'APP.EXAMPLE.COM'],
    ['https://app.example.com', 'app.example.com:443'],
    ['http://app.example.com:80', HOST],
    ['http://app.example.com:3000', 'app.example.com:3000'],
    ['http://[::1]:3000', '[::1]:3000'],
    ['http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['https://xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('%s may connect to %s', (origin, host) => {
    expect(verdict(origin, undefined, host)).toBe(101)
  })

  test.each([
    ['null', HOST],
    ['', HOST],
    ['https://evil.example.com', HOST],
    ['https://app.example.com.evil.io', HOST],
    ['https://evilapp.example.com', HOST],
    ['https://app.example.com:444', HOST],
    ['http://app.example.com:3000', HOST],
    ['https://app.example.com:443', 'app.example.com:80'],
    ['ftp://app.example.com', HOST],
    ['file://app.example.com', HOST],
    ['https://app.example.com/', HOST],
    ['https://app.example.com/path', HOST],
    ['https://user@app.example.com', HOST],
    ['https://app.example.com#x', HOST],
    ['https://app.example.com?x', HOST],
    ['https://app.example.com\\x', HOST],
    ['xhttps://app.example.com', HOST],
    ['https://app example.com', HOST],
    ['https://', ''],
    ['https://x', ''],
    ['https://app.example.com:99999', HOST],
    ['https://a/b', 'a/b'],
    ['https://a@b', 'a@b'],
    ['https://xn--bcher-kva.example', 'bücher.example'],
    ['https://app%2eexample.com', HOST],
    ['https://app\u00adexample.com', 'appexample.com'],
  ])('%s may not connect to %s', (origin, host) => {
    expect(verdict(origin, undefined, host)).toBe(403)
  })

  test('a page that came over plain HTTP is foreign to a secure server, unless it is listed', () => {
    const request = handshake({ Origin: `http://${HOST}` })
    const secure = { host: HOST, secure: true }
    expect(originRefusal(request, secure, () => false)).toMatchObject({ status: 403 })
    expect(originRefusal(request, secure, () => true)).toBeUndefined()
    expect(originRefusal(handshake({ Origin: `https://${HOST}` }), secure, () => false)).toBeUndefined()
  })

  test('an origin that is refused is named, and so is the host', () => {
    expect(judge(handshake({ Origin: 'https://evil.io' }), HOST)).toEqual({
      status: 403,
      message: `The origin "https://evil.io" may not connect to "${HOST}".`,
    })
  })

  test('an origin header that occurs twice is refused, even if one of them is allowed', () => {
    const twice = aRequest([...HANDSHAKE, ['Origin', `https://${HOST}`], ['origin', `https://${HOST}`]])
    expect(judge(twice, HOST)).toMatchObject({ status: 403 })
    expect(judge(twice, HOST, [`https://${HOST}`])).toMatchObject({ status: 403 })
    expect(judge(twice, HOST, '*')).toBeUndefined()
  })

  test.each<[string, Origins, number]>([
    ['https://evil.io', '*', 101],
    ['null', '*', 101],
    ['null', ['null'], 101],
    ['null', [], 403],
    ['https://a.io', ['https://a.io'], 101],
    ['https://b.io', ['https://a.io', 'https://b.io'], 101],
    ['http://a.io', ['https://a.io'], 403],
    ['https://a.io:8443', ['https://a.io'], 403],
    [`https://${HOST}`, ['https://a.io'], 101],
    ['https://x.a.io', ['https://*.a.io'], 101],
    ['https://y.x.a.io', ['https://*.a.io'], 101],
    ['https://x.a.io:8443', ['https://*.a.io:8443'], 101],
    ['https://x.a.io:8443', ['https://*.a.io'], 403],
    ['https://x.a.io', ['https://*.a.io:8443'], 403],
    ['https://a.io', ['https://*.a.io'], 403],
    ['https://.a.io', ['https://*.a.io'], 403],
    ['https://xa.io', ['https://*.a.io'], 403],
    ['https://a.io.evil.io', ['https://*.a.io'], 403],
    ['http://x.a.io', ['https://*.a.io'], 403],
    ['https://x.a.io/path', ['https://*.a.io'], 403],
    ['https://evil.io/.a.io', ['https://*.a.io'], 403],
    ['https://x.b.io', ['https://*.a.io', 'https://*.b.io'], 101],
    ['https://evil.io', ['https://a.io'], 403],
    ['https://a.io', ['https://a.io:443'], 101],
    ['https://a.io:443', ['https://a.io'], 101],
    ['http://a.io', ['http://a.io:80'], 101],
    ['https://a.io:80', ['https://a.io'], 403],
    ['https://a.io', ['HTTPS://A.io'], 101],
    ['https://xn--bcher-kva.example', ['https://bücher.example'], 101],
    ['https://x.xn--bcher-kva.example', ['https://*.bücher.example'], 101],
    ['https://x.a.io', ['https://*.A.io:443'], 101],
    ['https://x.a.io:443', ['https://*.a.io'], 101],
    ['https://[::1]:3000', ['https://[0:0::1]:3000'], 101],
    ['file://', ['file://'], 101],
    ['file://', ['null'], 403],
    ['file://', [], 403],
    ['null', ['file://'], 403],
    ['app://desk', ['app://desk'], 101],
    ['app://other', ['app://desk'], 403],
  ])('%s with the option %j gets %i', (origin, origins, status) => {
    expect(verdict(origin, origins)).toBe(status)
  })

  test.each([['*'], [[]], [['https://a.io', 'http://*.a.io:80', 'null', 'app://desk', 'x-y.z+1://a']]])(
    'the option may be %j',
    (origins) => {
      expect(() => new OriginList(origins as Origins)).not.toThrow()
    },
  )

  test.each([['https://a.io'], [''], [null], [true], [{}], [5]])('the option may not be %p', (origins) => {
    expect(() => new OriginList(origins as Origins)).toThrow(/^The option origins must be '\*' or an array, not /)
  })

  const NO_ORIGINS = '* a.io https:// https://a.io/ https://a.io/path https://a.io?x https://a.io#x https://a@b.io'
    .concat(
      ' https://* https://*. https://a.*.io https://*a.io https://a\\b https://a.io:99999 https://1.2.3.999 https://*.1.2.3.4 file:///x 1a://b https:/a.io xfile:// app://\u00e9a app://a\u00e9',
    )
    .split(' ')

  test.each<unknown>([
    ...NO_ORIGINS,
    '',
    ' https://a.io',
    'https://a.io ',
    'https://a b',
    5,
    null,
    undefined,
    [['https://a.io']],
  ])('the option may not hold %j', (origin) => {
    expect(() => new OriginList(['https://a.io', origin as string])).toThrow(
      /^The option origins must hold origins such as /,
    )
  })
})

/** The status with which a request with these origins is refused; `undefined` if it is not. */
function ask(host: string, secure: boolean, ...origins: string[]): number | undefined {
  const lines = origins.map((origin): Lines[number] => ['Origin', origin])
  return originRefusal(aRequest([...HANDSHAKE, ...lines]), { host, secure }, () => false)?.status
}

describe('a page that was let in before', () => {
  const ORIGIN = 'http://app.example.com'

  test.each([
    ['asks for another host', 'other.example.com', false, [ORIGIN]],
    ['comes over plain HTTP to a secure server', 'app.example.com', true, [ORIGIN]],
    ['names its origin twice', 'app.example.com', false, [ORIGIN, ORIGIN]],
    ['has another origin', 'app.example.com', false, ['http://evil.example.com']],
  ])('is refused if it %s', (_, host, secure, origins) => {
    expect(ask('app.example.com', false, ORIGIN)).toBeUndefined()
    expect(ask(host, secure, ...origins)).toBe(403)
    expect(ask('app.example.com', false, ORIGIN)).toBeUndefined()
  })
})
