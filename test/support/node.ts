import { createServer } from 'node:http'

/**
 * Whether `server.shouldUpgradeCallback` exists (Node 22.23, 24.9 and newer). Upgrades to other protocols than WebSocket then
 * stay ordinary requests in Node itself: they keep their headers, and as in any Node server without an `'upgrade'` listener a
 * pipelined request in the same packet is lost.
 */
export const decidesUpgrades = 'shouldUpgradeCallback' in createServer()
