import { Session } from 'node:inspector/promises'
import { handleOf, TCP } from './tcp.mjs'

/** wshub, and ws below it. */
const MEASURED = /\/(packages\/[^/]+\/dist\/|node_modules\/ws\/)/

/** Calls of functions in wshub and ws, exactly as V8 counts them. */
export class CallMeter {
  #session = new Session()

  async start() {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  }

  /** Calls since the last reading, by `file:function`. */
  async read() {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    const calls = new Map()
    for (const { url, functions } of result.filter(({ url: at }) => MEASURED.test(at))) {
      const file = url.slice(url.search(MEASURED) + 1).replace('/dist/', '/')
      for (const { functionName, ranges } of functions) {
        const name = `${file}:${functionName || '(anonymous)'}`
        if (ranges[0].count > 0) calls.set(name, (calls.get(name) ?? 0) + ranges[0].count)
      }
    }
    return calls
  }

  stop() {
    this.#session.disconnect()
  }
}

/** Writes that the sockets of a server hand to the operating system. Only the newest meter works. */
export class WriteMeter {
  #count = 0
  #handles = new WeakSet()

  /** @param server an http.Server whose future sockets count */
  constructor(server) {
    server.on('connection', (socket) => this.#handles.add(handleOf(socket)))
    onWrite = (handle) => {
      if (this.#handles.has(handle)) this.#count += 1
    }
  }

  /** Writes since the last reading. */
  read() {
    const count = this.#count
    this.#count = 0
    return count
  }
}

let onWrite = () => {}

for (const name of ['writeBuffer', 'writev', 'writeLatin1String', 'writeUtf8String', 'writeAsciiString']) {
  const write = TCP.prototype[name]
  TCP.prototype[name] = function count(...args) {
    onWrite(this)
    return Reflect.apply(write, this, args)
  }
}
