import type { Frame } from '../src/outbox/frame.js'
import { Outbox, type Sink, Turn } from '../src/outbox/outbox.js'

/** A socket that keeps what it is given: in the kernel's hands while `flows`, in its own otherwise. */
class Socket implements Sink {
  writable = true
  writableNeedDrain = false
  flows = true
  writableLength = 0
  readonly writes: Buffer[] = []

  write(bytes: Buffer): void {
    this.writes.push(bytes)
    if (!this.flows) this.writableLength += bytes.length
  }

  once(): void {}

  get text(): string {
    return Buffer.concat(this.writes).toString()
  }
}

const charge = (): void => {}

/** A turn whose end is told, with what it was told to call back. */
function aTurn(limit = 1000) {
  const due: (() => void)[] = []
  const turn = new Turn(
    (flush) => {
      due.push(flush)
      return { cancel: () => void due.splice(due.indexOf(flush), 1) }
    },
    { limit, compressed: false, charge },
  )
  const end = (): void => {
    for (const flush of due.splice(0)) flush()
  }
  return { turn, due, end }
}

function aBox(turn: Turn) {
  const socket = new Socket()
  return { socket, box: new Outbox(turn, socket) }
}

/** A frame whose bytes can be read. */
function said(text: string): Frame {
  const bytes = Buffer.from(text)
  return { bytes: () => bytes } as unknown as Frame
}

const [a, b, c, d] = ['a', 'bb', 'ccc', 'dddd'].map(said) as [Frame, Frame, Frame, Frame]

describe('a turn', () => {
  test('everything that was said in it leaves at its end, in one write and in order', () => {
    const { turn, due, end } = aTurn()
    const { box, socket } = aBox(turn)
    for (const frame of [a, b, a, c, d]) expect(box.push(frame)).toBe(true)
    expect(socket.writes).toEqual([])
    expect(due).toHaveLength(1)
    end()
    expect(socket.writes).toEqual([Buffer.from('abbacccdddd')])
  })

  test('the next one is as good', () => {
    const { turn, due, end } = aTurn()
    const { box, socket } = aBox(turn)
    box.push(a)
    end()
    box.push(a)
    expect(due).toHaveLength(1)
    box.push(b)
    end()
    expect(socket.writes.map(String)).toEqual(['a', 'abb'])
    end()
    expect(socket.writes).toHaveLength(2)
  })

  test('a frame that is alone leaves as it is, without a copy', () => {
    const { turn, end } = aTurn()
    const { box, socket } = aBox(turn)
    box.push(a)
    end()
    expect(socket.writes[0]).toBe(a.bytes(false))
  })

  test('it can end before its time, and then does not end again', () => {
    const { turn, due } = aTurn()
    const { box, socket } = aBox(turn)
    box.push(a)
    turn.flush()
    expect(socket.text).toBe('a')
    expect(due).toEqual([])
    turn.flush()
    expect(socket.text).toBe('a')
  })

  test('one that cannot be called off may end twice', () => {
    const due: (() => void)[] = []
    const turn = new Turn((flush) => void due.push(flush), { limit: 1000, compressed: false, charge })
    const { box, socket } = aBox(turn)
    box.push(a)
    turn.flush()
    for (const flush of due) flush()
    expect(socket.text).toBe('a')
  })

  test('the members of a room share the bytes that they all got', () => {
    const { turn, end } = aTurn()
    const boxes = [aBox(turn), aBox(turn), aBox(turn)]
    for (const frame of [a, b, c]) for (const { box } of boxes) box.push(frame)
    end()
    const [first] = (boxes[0] as (typeof boxes)[0]).socket.writes
    expect(String(first)).toBe('abbccc')
    for (const { socket } of boxes) {
      expect(socket.writes).toHaveLength(1)
      expect(socket.writes[0]).toBe(first)
    }
  })

  test('who got something else between gets its own bytes', () => {
    const { turn, end } = aTurn()
    const [one, two, three] = [aBox(turn), aBox(turn), aBox(turn)]
    for (const { box } of [one, two]) box.push(a)
    three.box.push(d)
    two.box.push(d)
    for (const { box } of [one, two, three]) box.push(b)
    two.box.push(c)
    one.box.push(c)
    end()
    expect([one, two, three].map(({ socket }) => socket.text)).toEqual(['abbccc', 'addddbbccc', 'ddddbb'])
  })

  test('what one turn shared is no part of the next', () => {
    const { turn, end } = aTurn()
    const [one, two] = [aBox(turn), aBox(turn)]
    for (const frame of [a, b]) one.box.push(frame)
    end()
    for (const frame of [a, b]) two.box.push(frame)
    one.box.push(a)
    end()
    expect([one, two].map(({ socket }) => socket.text)).toEqual(['abba', 'abb'])
    expect(two.socket.writes[0]).not.toBe(one.socket.writes[0])
  })

  test('an outbox that was flushed by itself has nothing left for the end of the turn', () => {
    const { turn, end } = aTurn()
    const { box, socket } = aBox(turn)
    box.push(a)
    box.flush()
    expect(socket.writes.map(String)).toEqual(['a'])
    box.push(b)
    end()
    expect(socket.writes.map(String)).toEqual(['a', 'bb'])
  })
})

describe('a connection whose closing handshake has begun', () => {
  test('is written nothing more', () => {
    const { turn, end } = aTurn()
    const { box, socket } = aBox(turn)
    box.push(a)
    socket.writable = false
    end()
    expect(socket.writes).toEqual([])
    expect(box.size).toBe(0)
  })
})

describe('what is closed', () => {
  test('hands out what waits, and nothing after that', () => {
    const { turn, end } = aTurn()
    const { box, socket } = aBox(turn)
    box.push(a)
    box.close()
    expect(socket.writes.map(String)).toEqual(['a'])
    box.push(b)
    end()
    expect(socket.writes.map(String)).toEqual(['a'])
  })

  test('has room for what is still said, however much', () => {
    const { turn } = aTurn(4)
    const { box, socket } = aBox(turn)
    socket.flows = false
    box.push(d)
    box.close()
    for (let n = 0; n < 10; n += 1) expect(box.push(d)).toBe(true)
    expect(socket.text).toBe('dddd')
  })
})

test('connections that agreed on compression get the compressed bytes', () => {
  const frame = { bytes: (compressed: boolean) => Buffer.from(compressed ? 'small' : 'large') } as Frame
  const texts = [true, false].map((compressed) => {
    const { socket, box } = aBox(new Turn(() => undefined, { limit: 1000, compressed, charge }))
    box.push(frame)
    box.flush()
    return socket.text
  })
  expect(texts).toEqual(['small', 'large'])
})

describe('what waits for a connection', () => {
  test('is counted', () => {
    const { turn, end } = aTurn()
    const { box, socket } = aBox(turn)
    socket.flows = false
    expect(box.size).toBe(0)
    box.push(b)
    box.push(c)
    expect(box.size).toBe(5)
    end()
    expect(box.size).toBe(0)
    box.push(d)
    expect(box.size).toBe(4)
  })

  test('may be as much as the limit and not one byte more', () => {
    const { turn, end } = aTurn(8)
    const { box, socket } = aBox(turn)
    socket.flows = false
    expect([d, c, a].map((frame) => box.push(frame))).toEqual([true, true, true])
    expect(box.push(a)).toBe(false)
    expect(box.size + socket.writableLength).toBe(8)
    end()
    expect(box.push(a)).toBe(false)
    end()
    expect(socket.text).toBe('ddddccca')
  })

  test('leaves in one write also where it just fits', () => {
    const { turn, end } = aTurn(8)
    const { box, socket } = aBox(turn)
    for (const frame of [d, c, a]) box.push(frame)
    end()
    expect(socket.writes.map(String)).toEqual(['ddddccca'])
  })

  test('is bounded across turns too', () => {
    const { turn, end } = aTurn(8)
    const { box, socket } = aBox(turn)
    socket.flows = false
    box.push(d)
    end()
    expect(box.push(c)).toBe(true)
    end()
    expect(box.push(b)).toBe(false)
    expect(box.push(a)).toBe(true)
    expect(box.push(a)).toBe(false)
    end()
    expect(socket.text).toBe('ddddccca')
  })

  test('is told anew once the socket has moved on', () => {
    const { turn, end } = aTurn(8)
    const { box, socket } = aBox(turn)
    socket.flows = false
    box.push(d)
    box.push(d)
    end()
    expect(box.push(d)).toBe(false)
    socket.writableLength = 4
    expect(box.push(d)).toBe(true)
    expect(box.push(a)).toBe(false)
    socket.writableLength = 0
    expect(box.push(a)).toBe(true)
  })

  test('does not grow by what the kernel takes at once: a burst of one turn is no slowness', () => {
    const { turn, end } = aTurn(8)
    const { box, socket } = aBox(turn)
    for (let n = 0; n < 10; n += 1) expect(box.push(d)).toBe(true)
    end()
    expect(socket.text).toBe('dddd'.repeat(10))
  })

  test('may be one message larger than the limit where nothing else waits', () => {
    const { turn, end } = aTurn(3)
    const { box, socket } = aBox(turn)
    socket.flows = false
    expect(box.push(d)).toBe(true)
    expect(box.push(a)).toBe(false)
    end()
    expect(box.push(a)).toBe(false)
    socket.writableLength = 0
    expect(box.push(d)).toBe(true)
    expect(socket.text).toBe('dddd')
  })

  test('leaves before a message that would not fit beside it', () => {
    const { turn } = aTurn(8)
    const { box, socket } = aBox(turn)
    box.push(d)
    box.push(c)
    box.push(b)
    expect(socket.writes.map(String)).toEqual(['ddddccc'])
    expect(box.size).toBe(2)
  })
})
