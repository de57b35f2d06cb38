'use strict'

// A server whose memory other processes can measure: `node --expose-gc server.cjs <framework> <options of the hub>`.
// The query of a handshake has the identity: `user` and `rooms=a,b`.

const { readFileSync, writeFileSync } = require('node:fs')
const { setImmediate } = require('node:timers/promises')
const { Hub } = require('@wshub/core')
const { apps } = require('../../contract/children/apps.cjs')
const { answer } = require('../../support/answers.cjs')

const PAYLOAD = 'x'.repeat(10_000)

const closures = []
const hub = new Hub({
  ...JSON.parse(process.argv[3] ?? '{}'),
  onMessage(connection, data) {
    if (data === 'next') hub.room('flood').send(PAYLOAD)
    else connection.send(data)
  },
  onClose: ({ user }, closure) => closures.push({ user, ...closure }),
  onError() {},
})

function describe({ query: { user, rooms } }) {
  return { ...(user && { user }), rooms: rooms ? rooms.split(',') : [] }
}

let watching
let most = 0

/** Bytes in use on and off the heap after garbage collections. */
function live() {
  // Objects that one collection frees may release others, which only the next collection finds.
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The greatest resident memory of this process: VmHWM of Linux, otherwise maxRSS. */
function highWater() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

async function main() {
  const app = await apps[process.argv[2]](hub, describe)
  await app.listen()
  answer({
    port: () => app.port(),
    stats: () => hub.stats(),
    closures: () => closures,
    /** Starts to sample the memory. */
    async watch() {
      for (let round = 0; round < 4; round += 1) {
        globalThis.gc()
        await setImmediate()
      }
      try {
        writeFileSync('/proc/self/clear_refs', '5')
      } catch {}
      const before = { live: live(), resident: highWater() }
      most = before.live
      watching = setInterval(() => (most = Math.max(most, live())), 100)
      return before
    },
    /** The greatest samples since then. */
    watched() {
      clearInterval(watching)
      return { live: Math.max(most, live()), resident: highWater() }
    },
  })
}

void main()
