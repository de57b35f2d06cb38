import { CounterMap } from '../util/counter-map.js'

/**
 * The outcomes of the WebSocket handshakes of this process: the HTTP status of the answer, `lost` if the client disconnected
 * first, and `cut` if no answer was possible. Most refused handshakes never reach a hub, so no hub could count them; every
 * hub shows them.
 */
export const handshakeCounters = new CounterMap()
