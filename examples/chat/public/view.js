// Everything around the messages: rooms, people, who types, the state of the connection.

import { avatar, byId, el, paintAvatar } from './dom.js'

const STATUS = {
  connecting: 'Connecting…',
  ready: 'Connected',
  waiting: 'Offline',
  offline: 'Offline',
  closed: 'Disconnected',
}

export function showLogin(note = '') {
  byId('chat').hidden = true
  byId('login').hidden = false
  byId('login-note').textContent = note
  document.title = 'Chat'
  byId('name').focus()
}

export function showChat(me) {
  byId('login').hidden = true
  byId('chat').hidden = false
  byId('my-name').textContent = me.name
  paintAvatar(byId('my-avatar'), me)
}

export function showRooms(rooms, current, me) {
  const list = byId('rooms')
  const known = new Map([...list.children].map((item) => [linkOf(item).getAttribute('href'), item]))
  const items = rooms.all().map((room) => {
    const item = known.get(hrefOf(room)) ?? newRoomItem(room)
    paintLink(linkOf(item), room, { isCurrent: room === current, unread: room.unread(me) })
    return item
  })
  keepItems(list, items)
  const others = rooms.joined().filter((room) => room !== current)
  const elsewhere = others.reduce((sum, room) => sum + room.unread(me), 0)
  showCount(byId('unread-elsewhere'), elsewhere)
  const unread = elsewhere + (current?.unread(me) ?? 0)
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${current ? `${current.name} · ` : ''}Chat`
}

function hrefOf(room) {
  return `#/${encodeURIComponent(room.name)}`
}

function linkOf(item) {
  return item.querySelector('a')
}

function newRoomItem(room) {
  const name = el('span', { className: 'name' }, room.name)
  return el('li', {}, el('a', { href: hrefOf(room) }, name))
}

/** Only what follows the name is replaced. */
function paintLink(link, room, { isCurrent, unread }) {
  if (isCurrent) link.setAttribute('aria-current', 'page')
  else link.removeAttribute('aria-current')
  const isUnread = room.held !== undefined && !isCurrent && unread > 0
  link.classList.toggle('joined', room.held !== undefined)
  link.classList.toggle('unread', isUnread)
  while (link.children.length > 1) link.lastElementChild.remove()
  const size = room.held ? room.people.length : room.size
  if (isUnread) link.append(showCount(el('span', { className: 'badge' }), unread))
  else if (size > 0) link.append(el('span', { className: 'size', title: `${size} here` }, String(size)))
}

/** A link that is replaced between the press and the release of a mouse button gets no click, and loses the keyboard. */
function keepItems(list, items) {
  if (items.length === list.children.length && items.every((item, n) => item === list.children[n])) return
  const focused = list.contains(document.activeElement) ? document.activeElement : undefined
  list.replaceChildren(...items)
  focused?.focus()
}

function showCount(badge, count) {
  badge.hidden = count === 0
  badge.replaceChildren(count > 99 ? '99+' : String(count), el('span', { className: 'unseen' }, ' unread'))
  return badge
}

export function showRoom(room, isFounded) {
  byId('room-name').textContent = room.name
  byId('text').placeholder = `Message to ${room.name}`
  byId('leave').hidden = isFounded
  byId('leave').setAttribute('aria-label', `Leave ${room.name}`)
}

export function showPeople({ people }, me) {
  byId('people-count').textContent = String(people.length)
  byId('people').replaceChildren(...people.map((person) => personItem(person, person.id === me.id)))
}

function personItem(person, isMe) {
  const item = el('li', {}, avatar(person), el('span', { className: 'name' }, person.name))
  if (isMe) item.append(el('span', { className: 'quiet' }, 'you'))
  return item
}

export function showTyping(people) {
  const names = people.map((person) => person.name)
  const sentences = ['', `${names[0]} is typing…`, `${names[0]} and ${names[1]} are typing…`]
  byId('typing').textContent = sentences[names.length] ?? 'Several people are typing…'
}

/** @param server the name of the server that the page is connected to, where there are several */
export function showStatus(status, server) {
  byId('status').textContent = server ? `${STATUS[status]} to ${server}` : STATUS[status]
  byId('status').dataset.status = status
}

/** @param problem a sentence, or nothing to hide the banner; @param action what its button says */
export function showBanner(problem = '', action = 'Try now') {
  byId('banner').hidden = problem === ''
  // The same sentence again, at every try, would be read out again.
  if (byId('banner-text').textContent !== problem) byId('banner-text').textContent = problem
  byId('try-now').textContent = action
}

/** The two side panels, which a narrow window shows one at a time over the messages. */
export function setUpPanels(signal) {
  const panels = [
    { panel: byId('rooms-panel'), opener: byId('show-rooms') },
    { panel: byId('people-panel'), opener: byId('show-people') },
  ]
  const veil = byId('veil')
  const open = ({ panel, opener }) => {
    panel.classList.add('open')
    opener.setAttribute('aria-expanded', 'true')
    veil.hidden = false
    panel.querySelector('.close').focus()
  }
  const close = () => {
    for (const { panel, opener } of panels) {
      if (panel.classList.contains('open') && panel.contains(document.activeElement)) opener.focus()
      panel.classList.remove('open')
      opener.setAttribute('aria-expanded', 'false')
    }
    veil.hidden = true
  }
  for (const each of panels) {
    each.opener.addEventListener('click', () => open(each), { signal })
    each.panel.querySelector('.close').addEventListener('click', close, { signal })
  }
  veil.addEventListener('click', close, { signal })
  document.addEventListener('keydown', (event) => event.key === 'Escape' && close(), { signal })
  return close
}
