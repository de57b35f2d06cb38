/** What a close code, or a reason without one, means. */
export const CLOSES = {
  1000: 'normal',
  1001: 'page left, or server shut down',
  1002: 'protocol error',
  1003: 'unsupported data',
  1005: 'no code',
  1006: 'connection lost',
  1007: 'invalid text',
  1008: 'policy violation',
  1009: 'message too big',
  1011: 'server error',
  1012: 'service restart',
  1013: 'slow or overloaded',
  4400: 'bad request',
  4401: 'not logged in',
  4403: 'forbidden',
  4404: 'not found',
  4408: 'idle for too long',
  4409: 'replaced by a newer one',
  4425: 'too early',
  4429: 'too many messages',
  'pong timeout': 'client silent',
  'write timeout': 'client does not read',
  'ping flood': 'pings without reading',
}

/** Closes that need no attention. */
export const ORDINARY = new Set(['1000', '1001', '1005'])

/** What stands for messages without a type of the router. */
export const TYPES = { 'hub:raw': 'raw frames', 'hub:other': 'types without a handler' }
