// One person's chat, from login to logout: what comes in goes to the model, what has changed goes to the view.

import { byId } from './dom.js'
import { setUpComposer } from './composer.js'
import { Link } from './link.js'
import { Log } from './log.js'
import { Memory, roomInHash, roomNameOf, Rooms, TYPING_LASTS, uuid } from './model.js'
import { setUpPanels, showBanner, showChat, showPeople, showRoom, showRooms, showStatus, showTyping } from './view.js'

const HOME = 'lobby'
/** Messages that may wait for the connection to come back. */
const MOST_PENDING = 50
/** Milliseconds after which the server is asked again for what it could not say. */
const AGAIN = 2000

export class Chat {
  #me
  #on
  #rooms = new Rooms()
  #current
  #memory
  #link
  #log
  #composer
  #closePanels
  #over = new AbortController()
  #wasOpen = false

  /** @param handlers `isLoggedIn()` asks the server; `onLoggedOut()` is told that it said no */
  constructor(me, handlers) {
    const { signal } = this.#over
    this.#me = me
    this.#on = handlers
    this.#memory = new Memory(me)
    this.#rooms.get(HOME).joined = true
    for (const [name, readAt] of this.#memory.load()) Object.assign(this.#rooms.get(name), { joined: true, readAt })
    showChat(me)
    this.#closePanels = setUpPanels(signal)
    this.#log = new Log({ onRetry: (line) => this.#sayAgain(line), onSeen: () => this.#see() }, signal)
    this.#composer = setUpComposer({ onSay: (text) => this.#say(text), onTyping: (on) => this.#type(on) }, signal)
    this.#link = new Link(`${location.protocol.replace('http', 'ws')}//${location.host}/ws`, {
      onStatus: (status) => this.#onStatus(status),
      onMessage: (message) => this.#onMessage(message),
      onFinal: (code) => this.#onFinal(code),
      onRefused: () => this.#onRefused(),
    })
    this.#listen(signal)
    this.#goToHash()
    this.#link.start()
  }

  end() {
    this.#over.abort()
    this.#link.stop()
  }

  /** Shows a sentence above the messages until it is put away. */
  complain(sentence) {
    showBanner(sentence, 'Close')
  }

  #listen(signal) {
    const wake = () => (document.hidden ? undefined : this.#wake())
    window.addEventListener('hashchange', () => this.#goToHash(), { signal })
    window.addEventListener('online', wake, { signal })
    document.addEventListener('visibilitychange', wake, { signal })
    byId('rooms').addEventListener('click', () => this.#closePanels(), { signal })
    byId('leave').addEventListener('click', () => this.#leave(this.#current), { signal })
    byId('try-now').addEventListener('click', () => (this.#link.isOpen ? showBanner() : this.#link.hurry()), { signal })
    const create = (event) => {
      event.preventDefault()
      const name = roomNameOf(byId('new-room-name').value)
      byId('new-room-name').value = ''
      if (name) location.hash = `#/${encodeURIComponent(name)}`
      this.#closePanels()
    }
    byId('new-room').addEventListener('submit', create, { signal })
  }

  // The connection

  #onStatus(status) {
    showStatus(status)
    if (status === 'open') {
      this.#wasOpen = true
      showBanner()
      for (const room of this.#rooms.joined()) void this.#join(room)
      return
    }
    for (const room of this.#rooms.joined()) Object.assign(room, { ready: false, held: undefined, typing: new Map() })
    this.#showTyping()
    if (status === 'waiting') showBanner(`${this.#wasOpen ? 'The connection is lost' : 'No connection'}; trying again…`)
  }

  #onFinal(code) {
    if (code === 4401) this.#on.onLoggedOut()
    else showBanner(`The server has closed this connection for good (${code}). Reload the page to come back.`, 'Close')
  }

  // A page can't see why a handshake failed; a login that is over must not be tried again and again.
  async #onRefused() {
    if (!(await this.#on.isLoggedIn()) && !this.#over.signal.aborted) this.#on.onLoggedOut()
  }

  /** The page is seen again, or the network is back: is the connection still alive, and was anything missed? */
  #wake() {
    this.#see()
    if (this.#link.isOpen) void this.#join(this.#current)
    else this.#link.hurry()
  }

  #onMessage({ type, payload, ...place }) {
    if (type === 'line') this.#onLine(this.#rooms.get(payload.room), { line: payload, ...place })
    else if (type === 'hub:presence') void this.#askPeople(this.#rooms.get(payload.room))
    else if (type === 'hub:gap') this.#startAnew(this.#rooms.get(payload.room))
    else if (type === 'server') showStatus('open', payload.name)
    else if (type === 'typing') this.#onTyping(payload)
    else if (type === 'rooms') this.#onRooms(payload)
    else if (type === 'error') this.complain(payload.message)
  }

  // Rooms

  #goToHash() {
    const name = roomInHash() || HOME
    this.#composer.stopTyping()
    this.#current = this.#rooms.get(name)
    showRoom(this.#current, name === HOME)
    if (!this.#current.joined) {
      this.#current.joined = true
      if (this.#link.isOpen) void this.#join(this.#current)
    }
    this.#log.show(this.#current)
    showPeople(this.#current, this.#me)
    this.#showTyping()
    this.#see()
    this.#composer.focus()
  }

  /** Enters a room, and gets what was missed since the page was there last: on another server, perhaps. */
  async #join(room) {
    if (room.held) return
    const held = (room.held = [])
    try {
      const { people, lines } = await this.#link.request('join', { room: room.name })
      const { recovered, offset, epoch, tag } = await this.#recover(room)
      if (room.held !== held) return
      Object.assign(room, { people, ready: true, place: { offset, epoch, tag } })
      // What can't be made up for message by message, or was never here, is the last lines as the server has them.
      if (!recovered) this.#take(room, lines)
      this.#release(room, held)
      if (room === this.#current) showPeople(room, this.#me)
      for (const line of room.lines) if (line.pending && !line.failure) void this.#deliver(room, line)
    } catch (error) {
      if (error.code === 'timeout') this.#link.replace()
      else if (error.code === 'unavailable') this.#goOnWithout(room, held)
      else if (error.code !== 'closed') this.#giveUp(room, error.issues?.[0]?.message ?? error.message)
    }
  }

  async #recover(room) {
    const { recovered, ...place } = await this.#link.request('hub:recover', { room: room.name, ...room.place })
    return { recovered: recovered && room.place !== undefined, ...place }
  }

  /** Shows what came while it was not clear what was missed: missed messages first, then those that were just said. */
  #release(room, held) {
    room.held = undefined
    held.sort((one, other) => (one.offset ?? Infinity) - (other.offset ?? Infinity))
    for (const message of held) this.#onLine(room, message)
  }

  /** The servers have lost sight of each other: talking goes on, and what was missed is asked for again. */
  #goOnWithout(room, held) {
    this.#release(room, held)
    room.ready = true
    const { signal } = this.#over
    setTimeout(() => !signal.aborted && room.joined && this.#link.isOpen && void this.#join(room), AGAIN)
  }

  #startAnew(room) {
    room.place = undefined
    void this.#join(room)
  }

  #giveUp(room, why) {
    this.#rooms.forget(room.name)
    this.complain(why)
    if (room === this.#current) location.replace(`#/${HOME}`)
    this.#see()
  }

  #leave(room) {
    this.#link.send('leave', { room: room.name })
    Object.assign(room, {
      joined: false,
      ready: false,
      place: undefined,
      held: undefined,
      lines: [],
      people: [],
      size: Math.max(0, room.people.length - 1),
    })
    location.hash = `#/${HOME}`
  }

  #onRooms(list) {
    this.#rooms.update(list)
    this.#showRooms()
  }

  /** Somebody has come or gone: who is there now? */
  async #askPeople(room) {
    room.asks += 1
    if (room.asks > 1) return
    try {
      // Who comes while the answer is on its way may be missing in it.
      for (let asked = 0; asked < room.asks;) {
        asked = room.asks
        this.#onPeople(room, await this.#link.request('people', { room: room.name }))
      }
    } catch {
      // Whatever was in the way, joining again brings it too.
    } finally {
      room.asks = 0
    }
  }

  #onPeople(room, { people }) {
    if (!room.joined) return
    room.people = people
    if (room === this.#current) showPeople(room, this.#me)
    this.#showTyping()
    this.#showRooms()
  }

  // Messages

  #say(text) {
    const room = this.#current
    if (room.lines.filter((line) => line.pending).length >= MOST_PENDING) {
      return this.complain('Too many messages wait to be sent. They leave when the connection is back.')
    }
    const line = { id: uuid(), room: room.name, from: this.#me, text, time: new Date().toISOString(), pending: true }
    this.#take(room, [line])
    void this.#deliver(room, line)
  }

  #sayAgain(line) {
    const room = this.#rooms.get(line.room)
    delete line.failure
    this.#log.show(room, { stay: true })
    void this.#deliver(room, line)
  }

  // With the id that the line has here, a second try after a lost connection can't make two of it. That it was said shows
  // in the room itself, in the place that it has for everybody.
  async #deliver(room, line) {
    if (!room.ready) return
    try {
      await this.#link.request('say', { room: room.name, text: line.text, id: line.id })
    } catch (error) {
      if (error.code === 'closed') return
      if (error.code === 'timeout') return this.#link.replace()
      line.failure = error.message
      if (room === this.#current) this.#log.show(room, { stay: true })
    }
  }

  #onLine(room, message) {
    if (room.held) {
      room.held.push(message)
      return
    }
    const { line, offset, epoch, tag } = message
    if (offset !== undefined) room.place = { offset, epoch, tag }
    this.#take(room, [line])
  }

  #take(room, lines) {
    const added = room.add(lines)
    for (const { from } of lines) room.typing.delete(from.id)
    if (room === this.#current) {
      if (added) this.#log.append(added, this.#me)
      else this.#log.show(room, { stay: true })
      this.#showTyping()
    }
    this.#see()
  }

  /** What is on the screen in front of somebody has been read. */
  #see() {
    if (!document.hidden && this.#log.atEnd) this.#current.read()
    this.#memory.save(this.#rooms)
    this.#showRooms()
  }

  // Typing

  #type(typing) {
    if (this.#current.ready) this.#link.send('typing', { room: this.#current.name, typing })
  }

  #onTyping({ room: name, person, typing }) {
    this.#rooms.get(name).typing.set(person.id, typing ? Date.now() + TYPING_LASTS : 0)
    this.#showTyping()
    setTimeout(() => this.#showTyping(), TYPING_LASTS + 50)
  }

  #showTyping() {
    showTyping(this.#current.typists(this.#me))
  }

  #showRooms() {
    showRooms(this.#rooms, this.#current, this.#me)
  }
}
