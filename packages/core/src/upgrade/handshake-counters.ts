import { CounterMap } from '../util/counter-map.js'

/**
 * What became of the WebSocket handshakes of this process: by the HTTP status of the answer, `lost` where the client went
 * first, and `cut` if no answer was possible. Most of those that are refused never come to a hub, so no hub could
 * count them; every hub shows them.
 */
export const handshakeCounters = new CounterMap()
