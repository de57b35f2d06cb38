import { handshake } from '../support/request.js'
import { hosts } from './hosts/index.js'
import { setUp } from './setup.js'

describe.each(hosts.filter(({ detaches }) => detaches))('an answer that waits for other listeners on $name', (host) => {
  const { app, raw } = setUp(host)

  test('an answer that waits for other listeners is sent at detach', async () => {
    let notify: (() => void) | undefined
    const asked = new Promise<void>((resolve) => (notify = resolve))
    const server = await app((it) => it.use(() => notify?.()), {
      before: (it) => void it.on('upgrade', () => {}),
    })
    const client = raw(server, handshake('/nowhere'), { timeout: 2000 })
    await asked
    server.detach()
    expect(await client.status()).toBe(404)
  })
})
