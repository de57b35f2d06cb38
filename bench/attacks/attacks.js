import { binaryEnvelope, compressedText, CONTINUATION, frame, PING, TEXT } from './frames.js'

const KIB = 1024
const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate'
const BOMB = `[${'{},'.repeat(80 * KIB)}{}]`
const NAME = (n) => String(n).padStart(200, 'r')

/** What a connection of wshub may hold at its defaults, by docs/security.md. */
const CONNECTION = 1024 * KIB
const READ = 64 * KIB
const MESSAGE = 256 * KIB
const PARSED = 30 * MESSAGE

/**
 * @typedef {object} Attack
 * @property {string} name
 * @property {number} count of connections
 * @property {number} bound the most bytes that one connection of wshub may hold
 * @property {(attacker: Attacker, say: (type: string, payload: string) => string) => Promise<void>} run
 */

/** @type {Attack[]} */
export const ATTACKS = [
  {
    name: 'JSON bombs behind slow handlers',
    count: 4,
    bound: PARSED + CONNECTION + READ + MESSAGE,
    async run(attacker, say) {
      await attacker.open()
      for (let n = 0; n < 8; n += 1) await attacker.send(frame(TEXT, say('keep', BOMB)))
    },
  },
  {
    name: 'JSON bombs behind a slow onOpen',
    count: 4,
    bound: CONNECTION + READ + 2 * MESSAGE,
    async run(attacker, say) {
      await attacker.open({ lines: ['X-Open: 1'] })
      for (let n = 0; n < 8; n += 1) await attacker.send(frame(TEXT, say('keep', BOMB)))
    },
  },
  {
    name: 'compressed JSON bombs behind slow handlers',
    count: 4,
    bound: PARSED + CONNECTION + READ + 2 * MESSAGE,
    async run(attacker, say) {
      await attacker.open({ lines: [OFFER] })
      const bomb = compressedText(say('keep', BOMB))
      for (let n = 0; n < 8; n += 1) await attacker.send(bomb)
    },
  },
  {
    name: 'bytes beside envelopes behind slow handlers',
    count: 20,
    bound: CONNECTION + READ + 2 * MESSAGE,
    async run(attacker, say) {
      await attacker.open()
      for (let n = 0; n < 16; n += 1) await attacker.send(binaryEnvelope(say('keep', '1'), 250_000))
    },
  },
  {
    name: 'bytes beside envelopes whose lengths lie',
    count: 20,
    bound: READ,
    async run(attacker, say) {
      await attacker.open()
      for (let n = 0; n < 16; n += 1) await attacker.send(binaryEnvelope(say('keep', '1'), 250_000, 2 ** 32 - 1))
    },
  },
  {
    name: 'pings whose pongs are not read',
    count: 4,
    bound: 2 * READ,
    async run(attacker) {
      await attacker.open({ reads: false })
      const pings = Buffer.concat(Array(1000).fill(frame(PING, Buffer.alloc(125))))
      for (let n = 0; n < 60; n += 1) await attacker.send(pings)
    },
  },
  {
    name: 'a message in fragments of one byte that never ends',
    count: 4,
    bound: 16_384 * 160 + 2 * READ,
    async run(attacker) {
      await attacker.open()
      await attacker.send(frame(TEXT, 'x', { fin: false }))
      const parts = Buffer.concat(Array(1000).fill(frame(CONTINUATION, 'x', { fin: false })))
      for (let n = 0; n < 16; n += 1) await attacker.send(parts)
    },
  },
  {
    name: 'fragments with pings between them',
    count: 4,
    bound: MESSAGE + 4 * READ,
    async run(attacker) {
      await attacker.open()
      await attacker.send(frame(TEXT, 'x', { fin: false }))
      const pings = Array(480).fill(frame(PING, Buffer.alloc(125)))
      const packet = Buffer.concat([frame(CONTINUATION, 'x', { fin: false }), ...pings])
      for (let n = 0; n < 100; n += 1) await attacker.send(packet)
    },
  },
  {
    name: 'a message that is left unfinished',
    count: 20,
    bound: MESSAGE + READ,
    async run(attacker) {
      await attacker.open()
      await attacker.send(frame(TEXT, Buffer.alloc(250_000), { fin: false }))
    },
  },
  {
    name: 'junk of one byte, answers read',
    count: 20,
    bound: READ,
    async run(attacker) {
      await attacker.open()
      const junk = Buffer.concat(Array(1000).fill(frame(TEXT, '?')))
      for (let n = 0; n < 50; n += 1) await attacker.send(junk)
    },
  },
  {
    name: '15 KiB of headers',
    count: 100,
    bound: 26 * KIB,
    run: (attacker) => attacker.open({ lines: Array.from({ length: 60 }, (_, n) => `X-H${n}: ${'v'.repeat(240)}`) }),
  },
  {
    name: '128 rooms with long names',
    count: 20,
    bound: 128 * (464 + 600),
    async run(attacker, say) {
      await attacker.open()
      for (let n = 0; n < 128; n += 1) await attacker.send(frame(TEXT, say('join', JSON.stringify(NAME(n)))))
    },
  },
  {
    name: '1 MiB before a slow handshake is answered',
    count: 20,
    // The request, its response and the async context of the app are 19 KiB.
    bound: 2 * READ + 20 * KIB,
    async run(attacker) {
      await attacker.open({ lines: ['X-Slow: 1'], answered: false })
      for (let n = 0; n < 16; n += 1) await attacker.send(frame(TEXT, Buffer.alloc(64 * KIB)))
    },
  },
]
