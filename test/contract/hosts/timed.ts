import { scale } from '../../support/scale.js'
import { expresses, hosts } from './index.js'

/** The hosts of tests that wait for clocks or repeat one thing often: one in `npm test`, all in `npm run test:faults`. */
export const timedHosts = scale(hosts, expresses.slice(-1))
