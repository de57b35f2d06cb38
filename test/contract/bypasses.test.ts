import { handshake, plain } from '../support/request.js'
import { scale } from '../support/scale.js'
import { inBatches } from '../support/wait.js'
import { LAYOUTS } from './bypass-layouts.js'
import { hosts, type Running } from './hosts/index.js'
import { SPELLINGS } from './spellings.js'
import { setUp } from './setup.js'

type Fields = Record<string, string>

const OWN = 'https://localhost'
const FOREIGN = ['https://evil.example', 'null', `${OWN}.evil.example`, `${OWN}:444`]

/** What a client sends in addition to path and origin. */
const CREDENTIALS: readonly Fields[] = [{ 'X-Token': 'secret' }, {}, { 'X-Token': 'secret', 'X-Banned': '1' }]

/** In `npm test` each layout tries one path in five on a framework, and each path is tried on every framework. */
const STEP = scale(1, 10)

describe.each(hosts)('attempts to bypass the authentication on $name', (host) => {
  const { app, hub, raw } = setUp(host)

  test.each(LAYOUTS)(
    '%s: an upgrade is accepted or refused like the page, whatever its path and origin',
    async (name, layout) => {
      const turn = hosts.indexOf(host) + LAYOUTS.findIndex(([one]) => one === name)
      const paths = [...SPELLINGS.entries()].filter(([index]) => (index + turn) % STEP === 0)
      const room = hub()
      const server = await app((it) => layout.build(it, room), layout.options)
      const ask = asker(server, layout.options?.tls !== undefined)
      const wrong: unknown[] = []
      await inBatches(paths, 16, async ([index, path]) => {
        // Each path is tried with two of the foreign origins; every origin is tried with half of the paths.
        const foreign = [FOREIGN[index % 4], FOREIGN[(index + 1) % 4]]
        for (const fields of CREDENTIALS) {
          const page = await ask(plain(path, { fields: { ...fields, Connection: 'close' } }))
          for (const origin of 'X-Banned' in fields ? [OWN] : [undefined, OWN, ...foreign]) {
            const socket = await ask(handshake(path, { fields: { ...fields, ...(origin && { Origin: origin }) } }))
            if (!isRight({ page, socket, foreign: foreign.includes(origin) }))
              wrong.push({ path, fields, origin, page, socket })
          }
        }
      })
      expect(wrong).toEqual([])
      // A page request to such a route gets 426, which shows that the request reached it.
      expect(await ask(handshake('/private/room', { fields: { 'X-Token': 'secret' } }))).toBe(101)
      expect(room.stats().opened).toBeGreaterThan(0)
    },
  )

  function asker(server: Running, tls: boolean): (bytes: string) => Promise<number> {
    return async (bytes) => {
      const client = raw(server, bytes, { tls })
      const status = await client.status()
      client.socket.destroy()
      return status
    }
  }
})

interface Verdicts {
  readonly page: number
  readonly socket: number
  readonly foreign: boolean
}

/** A path that is not normalized may get 400 instead of the status of the page, and a page of another origin 403. */
function isRight({ page, socket, foreign }: Verdicts): boolean {
  if (socket === 101) return page === 426 && !foreign
  if (socket === 400) return true
  return socket === page || (foreign && socket === 403) || (page >= 301 && page <= 308 && socket === 404)
}
