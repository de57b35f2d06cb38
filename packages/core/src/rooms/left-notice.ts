import { encodeHubEvent, type LeftCode } from '../protocol/index.js'

/** The texts of `hub:left`. If a room is emptied, all members get the same text, which is made once. */
export class LeftNotices {
  #room = ''
  #code: LeftCode = 'left'
  #text = ''

  textOf(room: string, code: LeftCode): string {
    if (this.#text === '' || room !== this.#room || code !== this.#code) {
      this.#text = encodeHubEvent('hub:left', { room, code })
      this.#room = room
      this.#code = code
    }
    return this.#text
  }
}
