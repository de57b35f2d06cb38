import { compressedFanOut, compressedMemory } from './compressed.js'
import { DIALECTS } from './dialects.js'
import { echo } from './echo.js'
import { fanOut } from './fan-out.js'
import { handshakes } from './handshakes.js'
import { heartbeat } from './heartbeat.js'
import { idle } from './idle.js'
import { openLoop } from './open-loop.js'
import { reconnect } from './reconnect.js'
import { request } from './request.js'
import { storm } from './storm.js'
import { streamed } from './streamed.js'
import { Measurement } from './measurement.js'

const LOADS = {
  fanOut,
  storm,
  openLoop,
  echo,
  reconnect,
  request,
  handshakes,
  idle,
  heartbeat,
  streamed,
  compressedFanOut,
  compressedMemory,
}

let answered

/** Has the suite ask the server something. */
function ask(question) {
  return new Promise((resolve) => {
    answered = resolve
    process.send({ question })
  })
}

async function run({ load, pid, target, settings }) {
  const dialect = DIALECTS[target.dialect]
  const path = target.plain && ((room) => `/plain/${room}`)
  return LOADS[load]({
    target: { ...target, dialect, path: path || undefined },
    measurement: new Measurement(pid),
    ask,
    settings,
  })
}

process.on('message', ({ order, answer }) => {
  if (order) begin(order)
  else answered(answer)
})
process.on('uncaughtException', (error) => finish({ failure: error.stack }))

function begin(order) {
  run(order).then(
    (figures) => finish({ figures }),
    (error) => finish({ failure: error.stack }),
  )
}

function finish(message) {
  process.send(message, () => process.exit())
}
