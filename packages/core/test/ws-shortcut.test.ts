import { type MessageConsumer } from '../src/connection/frame-reader.js'
import { readWholeFrames } from '../src/connection/ws-shortcut.js'
import { bytesOf, PING, TEXT } from '../../../test/support/client-frame.js'

// Whole frames bypass the receiver of ws only while it waits for a frame, and only for the supported version of ws.

const webSocket = Symbol('websocket')

/** The fields of the receiver of ws that the shortcut reads, between two frames. */
class FakeReceiver {
  readonly written: Buffer[] = []
  writable = true
  writableLength = 0
  isFull = false
  _state = 0
  _opcode = 0
  _fragmented = 0
  _bufferedBytes = 0
  _errored = false
  _maxPayload = 1000
  readonly [webSocket]: unknown

  constructor(ws: unknown) {
    this[webSocket] = ws
  }

  write(packet: Buffer): boolean {
    this.written.push(packet)
    return !this.isFull
  }
}

class FakeWebSocket implements MessageConsumer {
  readonly messages: (string | Buffer)[] = []
  readonly receiver = new FakeReceiver(this)
  isListening = true

  constructor() {
    Object.assign(this, { _receiver: this.receiver })
  }

  get consumer(): MessageConsumer | undefined {
    return this.isListening ? this : undefined
  }
  dataReceived(): void {}
  ponged(): void {}
  received(message: string | Buffer): void {
    this.messages.push(message)
  }
}

function shortened(): { ws: FakeWebSocket; receiver: FakeReceiver } {
  const ws = new FakeWebSocket()
  readWholeFrames(ws)
  return { ws, receiver: ws.receiver }
}

const text = (payload: string): Buffer => bytesOf({ opcode: TEXT, payload })

test('messages in whole frames do not reach the receiver of ws', () => {
  const { ws, receiver } = shortened()
  expect(receiver.write(Buffer.concat([text('a'), text('b')]))).toBe(true)
  expect(ws.messages).toEqual(['a', 'b'])
  expect(receiver.written).toEqual([])
})

test('the receiver of ws gets a packet from the first frame that is something else, and answers whether it is full', () => {
  const { ws, receiver } = shortened()
  const rest = Buffer.concat([bytesOf({ opcode: PING }), text('b')])
  expect(receiver.write(Buffer.concat([text('a'), rest]))).toBe(true)
  receiver.isFull = true
  const whole = Buffer.from(rest)
  expect(receiver.write(whole)).toBe(false)
  expect(ws.messages).toEqual(['a'])
  expect(receiver.written).toEqual([rest, rest])
  expect(receiver.written[1]).toBe(whole)
})

test.each<[string, Partial<FakeReceiver>]>([
  ['is within a frame', { _state: 1 }],
  ['holds bytes of a frame', { _bufferedBytes: 1 }],
  ['holds fragments', { _fragmented: 1 }],
  ['has read a close frame', { _opcode: 8 }],
  ['has failed', { _errored: true }],
  ['has ended', { writable: false }],
  ['has not taken the last packet yet', { writableLength: 1 }],
])('the receiver of ws gets every packet while it %s', (_, state) => {
  const { ws, receiver } = shortened()
  Object.assign(receiver, state)
  receiver.write(text('a'))
  expect(ws.messages).toEqual([])
  expect(receiver.written).toEqual([text('a')])
})

test('a message of more bytes than the receiver of ws allows goes to it', () => {
  const { ws, receiver } = shortened()
  Object.assign(receiver, { _maxPayload: 3 })
  receiver.write(text('four'))
  receiver.write(text('abc'))
  expect(ws.messages).toEqual(['abc'])
  expect(receiver.written).toEqual([text('four')])
})

test('the receiver of ws gets packets that arrive before there is a message listener', () => {
  const { ws, receiver } = shortened()
  ws.isListening = false
  receiver.write(text('a'))
  expect(receiver.written).toEqual([text('a')])
})

test('receivers share one prototype, so that the shortcut costs a connection no memory', () => {
  const [one, other] = [shortened(), shortened()]
  expect(Reflect.getPrototypeOf(one.receiver)).toBe(Reflect.getPrototypeOf(other.receiver))
  expect(Object.hasOwn(one.receiver, 'write')).toBe(false)
})

test.each([
  '_state',
  '_opcode',
  '_fragmented',
  '_bufferedBytes',
  '_errored',
  '_maxPayload',
  'writable',
  'writableLength',
])('a receiver of another version of ws, without %s, reads everything itself', (name) => {
  const ws = new FakeWebSocket()
  Reflect.deleteProperty(ws.receiver, name)
  readWholeFrames(ws)
  expect(Reflect.getPrototypeOf(ws.receiver)).toBe(FakeReceiver.prototype)
})

test.each<[string, unknown]>([
  ['no receiver', undefined],
  ['null as its receiver', null],
  ['a number as its receiver', 5],
])('a WebSocket with %s is not changed', (_, receiver) => {
  const ws = Object.assign(new FakeWebSocket(), { _receiver: receiver })
  expect(() => readWholeFrames(ws)).not.toThrow()
})

test.each<[string, object]>([
  ['begins in another state', { _state: 1 }],
  ['does not name its WebSocket', { [webSocket]: {} }],
])('a receiver that %s keeps its prototype', (_, difference) => {
  const ws = new FakeWebSocket()
  Object.assign(ws.receiver, difference)
  readWholeFrames(ws)
  expect(Reflect.getPrototypeOf(ws.receiver)).toBe(FakeReceiver.prototype)
})
