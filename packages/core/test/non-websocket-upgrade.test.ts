import { createServer, type IncomingMessage, type Server } from 'node:http'
import { declineOtherUpgrades } from '../src/upgrade/non-websocket-upgrade.js'

// Node 24.9 and newer ask the server which requests are upgrades. On older versions the tests do.

type Decide = (request: IncomingMessage) => boolean

const yes: Decide = () => true
const no: Decide = () => false
const upgradeTo = (upgrade: string | undefined) => ({ headers: { upgrade } }) as IncomingMessage

function serverThat(decides: Decide): Server & { shouldUpgradeCallback?: Decide } {
  return Object.assign(createServer(), { shouldUpgradeCallback: decides })
}

test('an upgrade to anything but a WebSocket is declined, and one to a WebSocket is left to the server', () => {
  const asked: unknown[] = []
  const server = serverThat(function decide(this: unknown, { headers }) {
    asked.push([this, headers.upgrade])
    return headers.upgrade === 'WebSocket'
  })
  declineOtherUpgrades(server)
  const decided = ['h2c', 'websocket', 'WebSocket', undefined].map((name) =>
    server.shouldUpgradeCallback?.(upgradeTo(name)),
  )
  expect(decided).toEqual([false, false, true, false])
  expect(asked).toEqual([
    [server, 'websocket'],
    [server, 'WebSocket'],
  ])
})

test('every upgrade is left to a server that has another upgrade listener', () => {
  const server = serverThat(yes)
  declineOtherUpgrades(server)
  server.on('upgrade', () => {})
  expect(server.shouldUpgradeCallback?.(upgradeTo('h2c'))).toBe(true)
})

test('detach restores the shouldUpgradeCallback of the server, unless another library has replaced it', () => {
  const [server, taken] = [serverThat(yes), serverThat(yes)]
  const undo = [declineOtherUpgrades(server), declineOtherUpgrades(taken)]
  taken.shouldUpgradeCallback = no
  for (const one of undo) one()
  expect([server.shouldUpgradeCallback, taken.shouldUpgradeCallback]).toEqual([yes, no])
})

test('a server without shouldUpgradeCallback gets none', () => {
  const server = Object.assign(createServer(), { shouldUpgradeCallback: undefined as unknown as Decide })
  declineOtherUpgrades(server)()
  expect(server.shouldUpgradeCallback).toBeUndefined()
})
