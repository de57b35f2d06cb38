import { encodeHubEvent, type LeftCode } from '../protocol/index.js'

/** The texts of `hub:left`. If a room is emptied, all members get the same text, which is made once. */
export class LeftNotices {
  #last: { readonly room: string; readonly code: LeftCode; readonly text: string } | undefined

  textOf(room: string, code: LeftCode): string {
    if (this.#last?.room === room && this.#last.code === code) return this.#last.text
    const text = encodeHubEvent('hub:left', { room, code })
    this.#last = { room, code, text }
    return text
  }
}
