// The messages of the room that is shown: grouped by person, and never pulled away from under the reader.

import { avatar, byId, el } from './dom.js'

/** Lines of one person within this time stand together. */
const GROUP = 5 * 60_000
/** Pixels from the end within which the reader counts as being there. */
const NEAR = 80

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

export class Log {
  #log = byId('log')
  #toLatest = byId('to-latest')
  #last
  #onRetry
  #atEnd = true

  constructor({ onRetry, onSeen }, signal) {
    this.#onRetry = onRetry
    const onScroll = () => {
      this.#atEnd = this.#isAtEnd()
      if (!this.#atEnd) return
      this.#toLatest.hidden = true
      onSeen()
    }
    const onLatest = () => {
      this.toEnd()
      byId('text').focus()
    }
    this.#log.addEventListener('scroll', onScroll, { signal })
    this.#toLatest.addEventListener('click', onLatest, { signal })
    // A smaller window, or a keyboard that slides in, must not hide the end from somebody who is there.
    const observer = new ResizeObserver(() => this.#atEnd && this.toEnd())
    observer.observe(this.#log)
    signal.addEventListener('abort', () => observer.disconnect())
  }

  /** Whether the reader sees the newest message. */
  get atEnd() {
    return this.#atEnd
  }

  /** Shows a room from its end, or again from where the reader is. */
  show(room, { stay = false } = {}) {
    const { scrollTop } = this.#log
    // What was there before is nothing new: it shall not be read out.
    this.#log.setAttribute('aria-busy', 'true')
    this.#log.setAttribute('aria-label', `Messages in ${room.name}`)
    this.#log.replaceChildren()
    this.#last = undefined
    for (const line of room.lines) this.#append(line)
    if (room.lines.length === 0) this.#log.append(el('p', { className: 'empty' }, 'Nobody has said anything here yet.'))
    this.#log.removeAttribute('aria-busy')
    if (!stay || this.#atEnd) this.toEnd()
    else this.#log.scrollTop = scrollTop
  }

  /** Adds lines at the end. */
  append(lines, me) {
    if (lines.length === 0) return
    this.#log.querySelector('.empty')?.remove()
    for (const line of lines) this.#append(line)
    if (this.#atEnd || lines.some((line) => line.from.id === me.id)) this.toEnd()
    else this.#toLatest.hidden = false
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight
    this.#atEnd = true
    this.#toLatest.hidden = true
  }

  #append(line) {
    const time = new Date(line.time)
    const last = this.#last
    const sameDay = last && time.toDateString() === last.time.toDateString()
    if (!sameDay) this.#log.append(el('p', { className: 'day' }, day.format(time)))
    const continues = sameDay && last.from === line.from.id && time - last.time < GROUP
    const body = continues ? last.body : this.#startGroup(line, time)
    body.append(this.#line(line, time))
    this.#last = { from: line.from.id, time, body }
  }

  #startGroup({ from }, time) {
    const stamp = el('time', { datetime: time.toISOString(), title: moment.format(time) }, clock.format(time))
    const head = el('p', { className: 'head' }, el('strong', {}, from.name), ' ', stamp)
    const body = el('div', { className: 'body' }, head)
    this.#log.append(el('div', { className: 'group' }, avatar(from), body))
    return body
  }

  #line(line, time) {
    const title = moment.format(time)
    const element = el('p', { className: line.pending ? 'line pending' : 'line', 'data-id': line.id, title }, line.text)
    if (!line.failure) return element
    const retry = el('button', { type: 'button' }, 'Try again')
    retry.addEventListener('click', () => this.#onRetry(line))
    element.append(el('span', { className: 'failure' }, ` Not sent: ${line.failure} `, retry))
    return element
  }

  #isAtEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR
  }
}
