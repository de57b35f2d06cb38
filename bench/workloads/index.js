import { workloads as compressed } from './compressed.js'
import { workloads as echo } from './echo.js'
import { workloads as fanOut } from './fan-out.js'
import { workloads as handshake } from './handshake.js'
import { workloads as heartbeat } from './heartbeat.js'
import { workloads as idle } from './idle.js'
import { workloads as openLoop } from './open-loop.js'
import { workloads as reconnect } from './reconnect.js'
import { workloads as storm } from './storm.js'
import { workloads as streamed } from './streamed.js'

/** Everything that is measured, in the order of the report. */
export const workloads = [
  ...fanOut,
  ...storm,
  ...openLoop,
  ...echo,
  ...handshake,
  ...reconnect,
  ...idle,
  ...heartbeat,
  ...compressed,
  ...streamed,
]
