/** The size of the field. */
export const FIELD = { width: 1600, height: 900 } as const

/** Bits of the keys that a player holds down. */
export const KEYS = { up: 1, right: 2, down: 4, left: 8 } as const

const SPEED = 420
const REACH = 34
/** How near to the edge a player may come. */
const MARGIN = 30
const STARS = 12

interface Point {
  x: number
  y: number
}

interface Player extends Point {
  readonly number: number
  keys: number
  score: number
}

/** The state of one game: players who collect stars. It is independent of the network. */
export class World {
  readonly #players = new Map<string, Player>()
  readonly #stars: Point[]
  readonly #random: () => number
  #last = 0

  /** @param random returns numbers from 0 to 1 */
  constructor(random: () => number = Math.random) {
    this.#random = random
    this.#stars = Array.from({ length: STARS }, () => this.#anywhere())
  }

  get isEmpty(): boolean {
    return this.#players.size === 0
  }

  /** @returns the number of the player in the binary state, from 1 to 65,535 */
  enter(id: string): number {
    this.#last = (this.#last % 65_535) + 1
    this.#players.set(id, { number: this.#last, keys: 0, score: 0, ...this.#anywhere() })
    return this.#last
  }

  leave(id: string): void {
    this.#players.delete(id)
  }

  /** @param keys bits of `KEYS` */
  steer(id: string, keys: number): void {
    const player = this.#players.get(id)
    if (player) player.keys = keys
  }

  /** Moves everything. @param seconds the time that has passed */
  step(seconds: number): void {
    for (const player of this.#players.values()) {
      const right = Number(Boolean(player.keys & KEYS.right)) - Number(Boolean(player.keys & KEYS.left))
      const down = Number(Boolean(player.keys & KEYS.down)) - Number(Boolean(player.keys & KEYS.up))
      const way = (SPEED * seconds) / (right && down ? Math.SQRT2 : 1)
      player.x = inside(player.x + right * way, FIELD.width)
      player.y = inside(player.y + down * way, FIELD.height)
      this.#collect(player)
    }
  }

  /**
   * The state as bytes, big-endian: the number of players (u16), 8 bytes for each player (number, x, y, score: u16 each), 4
   * bytes for each star (x, y: u16 each).
   */
  encode(): Uint8Array {
    const view = new DataView(new ArrayBuffer(2 + 8 * this.#players.size + 4 * this.#stars.length))
    let at = 0
    const write = (...numbers: number[]): void => {
      for (const number of numbers) {
        view.setUint16(at, Math.round(number))
        at += 2
      }
    }
    write(this.#players.size)
    for (const { number, x, y, score } of this.#players.values()) write(number, x, y, score)
    for (const { x, y } of this.#stars) write(x, y)
    return new Uint8Array(view.buffer)
  }

  #collect(player: Player): void {
    for (const [index, star] of this.#stars.entries()) {
      if (Math.hypot(star.x - player.x, star.y - player.y) > REACH) continue
      player.score += 1
      this.#stars[index] = this.#anywhere()
    }
  }

  #anywhere(): Point {
    return {
      x: inside(this.#random() * FIELD.width, FIELD.width),
      y: inside(this.#random() * FIELD.height, FIELD.height),
    }
  }
}

function inside(at: number, size: number): number {
  return Math.min(Math.max(at, MARGIN), size - MARGIN)
}
