import type { IncomingMessage } from 'node:http'
import { AccessPolicy } from '../src/adapter/index.js'
import { OriginList, type Origins } from '../src/upgrade/origin.js'

// Whether a server and a route together let every page of the web in.

const LIST = ['https://a.example']

test.each<[Origins | undefined, Origins | undefined, boolean]>([
  [undefined, undefined, false],
  [undefined, LIST, false],
  [undefined, '*', true],
  ['*', undefined, true],
  ['*', '*', true],
  ['*', LIST, false],
  [LIST, undefined, false],
  [LIST, '*', false],
])('a server with the origins %j and a route with %j let every page in: %s', (origins, route, open) => {
  const policy = new AccessPolicy({ origins })
  expect(policy.opens(route === undefined ? undefined : new OriginList(route))).toBe(open)
  expect(policy.open).toBe(origins === '*')
})

test('the refusal of a Host that is not listed names the host', () => {
  const policy = new AccessPolicy({ hosts: ['app.example'] })
  const request = { headers: {} } as IncomingMessage
  expect(policy.check(request, { host: 'app.example', secure: false }, undefined)).toBeUndefined()
  const message = 'The host "evil.example" is not one of this server.'
  expect(policy.check(request, { host: 'evil.example', secure: false }, undefined)).toEqual({
    code: 'foreign_host',
    refusal: { status: 403, message },
  })
})
