import { NODE_REDIS } from './libraries.js'
import { describeFaults } from './matrix.js'

// Each fault over the library of Redis. `npm test` runs one of each kind over one of the two libraries.

describeFaults(NODE_REDIS, [
  'Redis hangs for 1.6 × timeout',
  'Redis loads an older RDB file and no link is cut',
  'the links of every server are cut six times',
  'a server is killed',
])
