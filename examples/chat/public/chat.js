// One person's chat, from login to logout: what comes in goes to the model, what has changed goes to the view.

import { Client } from './client.js'
import { byId } from './dom.js'
import { setUpComposer } from './composer.js'
import { Log } from './log.js'
import { Memory, roomInHash, roomNameOf, Rooms, TYPING_LASTS, uuid } from './model.js'
import { setUpPanels, showBanner, showChat, showPeople, showRoom, showRooms, showStatus, showTyping } from './view.js'

const HOME = 'lobby'
/** Milliseconds in which several changes of the member list of a room are one. */
const SOON = 50

export class Chat {
  #me
  #onLoggedOut
  #client = new Client('/ws')
  #rooms = new Rooms()
  #current
  #memory
  #log
  #composer
  #closePanels
  #over = new AbortController()
  #wasReady = false
  /** The name of the server, if there are several. */
  #server

  /** @param onLoggedOut called when the server has ended the login */
  constructor(me, onLoggedOut) {
    const { signal } = this.#over
    this.#me = me
    this.#onLoggedOut = onLoggedOut
    this.#memory = new Memory(me)
    showChat(me)
    this.#closePanels = setUpPanels(signal)
    this.#log = new Log({ onRetry: (line) => this.#sayAgain(line), onSeen: () => this.#see() }, signal)
    this.#composer = setUpComposer({ onSay: (text) => this.#say(text), onTyping: (on) => this.#type(on) }, signal)
    this.#connect()
    this.#listen(signal)
    this.#enter(this.#rooms.get(HOME))
    for (const [name, readAt] of this.#memory.load()) this.#enter(Object.assign(this.#rooms.get(name), { readAt }))
    this.#goToHash()
  }

  end() {
    this.#over.abort()
    this.#client.close()
  }

  /** Shows a sentence above the messages until it is put away. */
  complain(sentence) {
    showBanner(sentence, 'Close')
  }

  #connect() {
    const client = this.#client
    showStatus(client.status.state)
    client.onStatus((status) => this.#onStatus(status))
    client.onError((error) => console.warn(error))
    client.on('rooms', (list) => this.#showRooms(list))
    client.on('typing', (notice) => this.#onTyping(notice))
    client.on('server', ({ name }) => {
      this.#server = name
      showStatus(client.status.state, name)
    })
  }

  #listen(signal) {
    window.addEventListener('hashchange', () => this.#goToHash(), { signal })
    document.addEventListener('visibilitychange', () => this.#see(), { signal })
    byId('rooms').addEventListener('click', () => this.#closePanels(), { signal })
    byId('leave').addEventListener('click', () => this.#leave(this.#current), { signal })
    const isReady = () => this.#client.status.state === 'ready'
    byId('try-now').addEventListener('click', () => (isReady() ? showBanner() : this.#client.open()), { signal })
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

  #onStatus({ state, code }) {
    if (this.#over.signal.aborted) return
    if (state === 'waiting' || state === 'offline') this.#onLost()
    showStatus(state, this.#server)
    if (state === 'ready') {
      this.#wasReady = true
      showBanner()
    } else if (code === 4401) this.#onLoggedOut()
    else if (state === 'closed') {
      this.complain(`The server has closed this connection for good (${code}). Reload the page to come back.`)
    }
  }

  #onLost() {
    this.#server = undefined
    for (const room of this.#rooms.joined()) room.typing.clear()
    this.#showTyping()
    showBanner(`${this.#wasReady ? 'The connection is lost' : 'No connection'}; trying again…`)
  }

  // Rooms

  #goToHash() {
    const name = roomInHash() || HOME
    this.#composer.stopTyping()
    this.#current = this.#rooms.get(name)
    showRoom(this.#current, name === HOME)
    this.#enter(this.#current)
    this.#log.show(this.#current)
    showPeople(this.#current, this.#me)
    this.#showTyping()
    this.#see()
    this.#composer.focus()
  }

  #enter(room) {
    if (room.held) return
    const held = this.#client.room(room.name, { load: () => this.#load(room) })
    room.held = held
    held.on('line', (line) => this.#take(room, [line]))
    held.onPresence(() => this.#askPeople(room))
    held.onLeft(() => held.joined.catch(({ message }) => this.#giveUp(room, message)))
  }

  /** The last lines as the server has them: for a new page, and if missed lines can't be recovered one by one. */
  async #load(room) {
    const { lines, position } = await this.#client.request('lines', { room: room.name })
    this.#take(room, lines)
    return position
  }

  #giveUp(room, why) {
    this.#rooms.forget(room.name)
    room.held?.leave()
    this.complain(why)
    if (room === this.#current) location.replace(`#/${HOME}`)
    this.#see()
  }

  #leave(room) {
    room.leave()
    location.hash = `#/${HOME}`
  }

  /** Presence tells ids; the server knows the names. */
  #askPeople(room) {
    room.asking ??= setTimeout(() => void this.#requestPeople(room), SOON)
  }

  async #requestPeople(room) {
    room.asking = undefined
    const answer = await this.#client.request('people', { room: room.name }).catch(() => undefined)
    if (answer && room.held) this.#onPeople(room, answer.people)
  }

  #onPeople(room, people) {
    room.people = people
    if (room === this.#current) showPeople(room, this.#me)
    this.#showTyping()
    this.#showRooms()
  }

  // Messages

  #say(text) {
    const room = this.#current
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
    const { id, text } = line
    try {
      await room.held.request('say', { room: room.name, text, id }, { retry: true, timeout: Infinity })
    } catch ({ code, message }) {
      if (code === 'closed' || code === 'left') return
      line.failure = message
      if (room === this.#current) this.#log.show(room, { stay: true })
    }
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
    if (!document.hidden && this.#log.atEnd) this.#current?.read()
    this.#memory.save(this.#rooms)
    this.#showRooms()
  }

  // Typing

  #type(typing) {
    const { name, held } = this.#current
    if (held.isJoined) this.#client.emit('typing', { room: name, typing }, { volatile: true })
  }

  #onTyping({ room: name, person, typing }) {
    this.#rooms.get(name).typing.set(person.id, typing ? Date.now() + TYPING_LASTS : 0)
    this.#showTyping()
    setTimeout(() => this.#showTyping(), TYPING_LASTS + 50)
  }

  #showTyping() {
    showTyping(this.#current.typists(this.#me))
  }

  #showRooms(list) {
    if (list) this.#rooms.update(list)
    showRooms(this.#rooms, this.#current, this.#me)
  }
}
