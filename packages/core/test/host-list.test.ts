import { HostList, normalizeHost } from '../src/upgrade/host-list.js'

describe('a Host header', () => {
  test.each([
    ['app.example.com', 'app.example.com'],
    ['APP.example.com:3000', 'app.example.com:3000'],
    ['app.example.com:80', 'app.example.com'],
    ['my_service:3000', 'my_service:3000'],
    ['127.0.0.1:3000', '127.0.0.1:3000'],
    ['0x7f.1', '127.0.0.1'],
    ['[0:0::1]:3000', '[::1]:3000'],
  ])('%s is the host %s', (host, normal) => {
    expect(normalizeHost(host)).toBe(normal)
  })

  const MALFORMED = [
    '',
    ' ',
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'a@b',
    'a\\b',
    'a,b',
    'a:b',
    'a:',
    'a:99999',
    ':80',
    '[::1',
    '::1',
    '[x]',
  ].concat(['%61', 'bücher.example', 'a\u00adb', '1.2.3.999', 'http://a', '*.a', "a'", 'a;b'])

  test.each(MALFORMED)('%j is malformed', (host) => {
    expect(normalizeHost(host)).toBeUndefined()
  })
})

describe('a list of hosts', () => {
  const LISTED = ['app.example.com', '*.wild.io', 'localhost:3000', '[::1]', 'bücher.example', 'UP.io:80']

  test.each([
    ['app.example.com', true],
    ['APP.example.com', true],
    ['app.example.com:8443', true],
    ['a.wild.io', true],
    ['a.b.wild.io:3000', true],
    ['localhost:3000', true],
    ['[0::1]:5000', true],
    ['xn--bcher-kva.example', true],
    ['up.io', true],
    ['localhost', false],
    ['localhost:3001', false],
    ['wild.io', false],
    ['.wild.io', false],
    ['app.example.com.evil.io', false],
    ['evilapp.example.com', false],
    ['evil.io', false],
    ['app.example.com@evil.io', false],
    ['', false],
  ])('a list of hosts contains %j: %p', (host, included) => {
    expect(new HostList(LISTED).includes(host)).toBe(included)
  })

  test.each<unknown>(['', '*', '*.', 'https://a.io', 'a.io/', 'a b', '*.1.2.3.4', 'a:99999', 'a@b', 5, null])(
    'may not hold %j',
    (host) => {
      expect(() => new HostList([host as string])).toThrow(/^The option hosts must hold hosts such as /)
    },
  )

  test.each<unknown>(['app.example.com', '*', 5, {}, null])('a list of hosts may not be %j', (hosts) => {
    expect(() => new HostList(hosts as string[])).toThrow(/^The option hosts must be an array, not /)
  })
})
