import fc from 'fast-check'
import {
  CloseCode,
  decodeEnvelope,
  encode,
  encodeEnvelope,
  isAnswer,
  isFinal,
  isReserved,
  isSendable,
  retryHint,
  retryReason,
} from '../src/protocol/index.js'

describe('close codes', () => {
  test('44xx is final except 4408, 4425 and 4429; everything else reconnects', () => {
    const final = Array.from({ length: 5000 }, (_, code) => code).filter(isFinal)
    const expected = Array.from({ length: 100 }, (_, n) => 4400 + n).filter(
      (code) => ![4408, 4425, 4429].includes(code),
    )
    expect(final).toEqual(expected)
  })

  test('the close codes that may be sent are those of RFC 6455 section 7.4', () => {
    const sendable = Array.from({ length: 6000 }, (_, code) => code).filter(isSendable)
    const assigned = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]
    expect(sendable).toEqual([...assigned, ...Array.from({ length: 2000 }, (_, n) => 3000 + n)])
    for (const code of [1000.5, NaN, Infinity, -1000, '1000' as never]) expect(isSendable(code)).toBe(false)
  })

  test('every named close code may be sent except the two that never appear on the wire', () => {
    const unsendable = Object.values(CloseCode).filter((code) => !isSendable(code))
    expect(unsendable).toEqual([CloseCode.NoStatus, CloseCode.Abnormal])
  })
})

describe('the reconnect hint', () => {
  test.each([
    ['retry=0', 0],
    ['retry=1500', 1500],
    ['deploy retry=1500', 1500],
    ['retry=1500 deploy', 1500],
    ['retry=999999999', 999_999_999],
    ['retry=1000000000', undefined],
    ['retry=', undefined],
    ['retry=-1', undefined],
    ['retry=1.5', undefined],
    ['retry=1e3', undefined],
    ['noretry=5', undefined],
    ['retry=5x', undefined],
    ['', undefined],
  ])('the close reason %j has the reconnect hint %p', (reason, ms) => {
    expect(retryHint(reason)).toBe(ms)
  })

  test('a reconnect hint is formatted and parsed to the same value, rounded', () => {
    expect(retryReason(1500.4)).toBe('retry=1500')
    fc.assert(fc.property(fc.nat(999_999_999), (ms) => retryHint(retryReason(ms)) === ms))
  })
})

describe('the codec', () => {
  test('an encoded envelope is decoded unchanged', () => {
    const ids = fc.oneof(fc.string(), fc.integer())
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), ids, (type, payload, id) => {
        const back = decodeEnvelope(encodeEnvelope(type, payload, id))
        expect(back).toEqual(JSON.parse(JSON.stringify({ type, payload, id })))
      }),
    )
  })

  test('payload and id are omitted if undefined, and kept if falsy', () => {
    expect(encodeEnvelope('a')).toBe('{"type":"a"}')
    expect(encodeEnvelope('a', null, 0)).toBe('{"type":"a","payload":null,"id":0}')
    expect(encodeEnvelope('a', false, '')).toBe('{"type":"a","payload":false,"id":""}')
  })

  test.each([
    '',
    'x',
    'null',
    '1',
    '[]',
    '[{"type":"a"}]',
    '{}',
    '{"type":null}',
    '{"type":["a"]}',
    '{"type":"a","id":null}',
    '{"type":"a","id":[]}',
    '{"type":"a"',
  ])('%j is not an envelope', (text) => {
    expect(decodeEnvelope(text)).toBeUndefined()
  })

  test('an envelope may have any type name and additional properties', () => {
    expect(decodeEnvelope('{"type":"","more":1}')).toEqual({ type: '', more: 1 })
    expect(decodeEnvelope(' {"type":"__proto__"} ')).toEqual({ type: '__proto__' })
  })

  test.each([undefined, () => {}, Symbol('x'), 1n])('%p has no JSON form', (value) => {
    expect(() => encode(value)).toThrow(TypeError)
  })

  test('types that belong to the protocol', () => {
    expect(['reply', 'error', 'hub:', 'hub:x'].every(isReserved)).toBe(true)
    expect(['Reply', 'errors', 'hub', 'myhub:x', ''].some(isReserved)).toBe(false)
    expect([isAnswer({ type: 'reply' }), isAnswer({ type: 'error' }), isAnswer({ type: 'hub:x' })]).toEqual([
      true,
      true,
      false,
    ])
  })
})
