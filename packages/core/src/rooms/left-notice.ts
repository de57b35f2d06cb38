import { encodeEnvelope } from '../protocol/index.js'

/** Why a connection is in a room no longer: the app took it out, it may not be there any more, or the room was removed. */
export type LeftCode = 'left' | 'forbidden' | 'room_removed'

/** The texts of `hub:left`. If a room is emptied, all members get the same text, which is made once. */
export class LeftNotices {
  #room = ''
  #code: LeftCode = 'left'
  #text = ''

  textOf(room: string, code: LeftCode): string {
    if (this.#text === '' || room !== this.#room || code !== this.#code) {
      this.#text = encodeEnvelope('hub:left', { room, code })
      this.#room = room
      this.#code = code
    }
    return this.#text
  }
}
