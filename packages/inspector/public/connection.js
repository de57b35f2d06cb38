import { el, empty, fill, panel, table } from './dom.js'
import { bytes, count, duration, milliseconds, moment, timeOfDay } from './format.js'
import { inert, plain } from './inert.js'
import { act, read } from './http.js'
import { badge, muted, roomLink, serverLabel, userLink } from './labels.js'
import { linkTo } from './link.js'
import { missingServers } from './list.js'

const NO_PONG = 'No server has this connection, or its client does not answer.'

/** One connection: who it is, its rooms, its latency and buffers, and its last messages if the app shows them. */
export function connectionView(root, app, { id = '' }) {
  const heading = el('h1', { tabindex: '-1' }, 'Connection ', el('span', { className: 'code' }, inert(id)))
  const details = el('div', { className: 'stack' })
  const outcome = el('p', { role: 'status', className: 'outcome' })
  const buttons = el('div', { className: 'buttons' })
  root.append(
    el('p', { className: 'trail' }, el('a', { href: '#/connections' }, 'Connections')),
    el('div', { className: 'head' }, heading, buttons),
    outcome,
    details,
  )
  const state = { isGone: false, hasControls: false }
  return {
    title: `Connection ${plain(id, 20)}`,
    update({ features }) {
      if (!state.hasControls) fill(buttons, ...controls(id, features, outcome))
      state.hasControls = true
    },
    /** Reads the connection again. @throws Failure */
    async tick() {
      if (state.isGone) return
      const found = await read('connection', { id })
      if (found.connection) return draw(details, found.connection, app)
      state.isGone = found.unanswered.length === 0
      const label = (server) => serverLabel(server, app.overview)
      fill(details, ...missingServers(found, label), empty('No server has this connection. It may have closed.'))
      fill(buttons)
    },
  }
}

function controls(id, features, outcome) {
  const ping = el('button', { type: 'button', 'data-key': 'ping' }, 'Ping')
  const say = (text) => (outcome.textContent = text)
  ping.addEventListener('click', () => {
    ping.disabled = true
    say('The client is pinged…')
    act('ping', { id })
      .then(({ ms }) => say(ms === undefined ? NO_PONG : `The client answered after ${milliseconds(ms)}.`))
      .catch(({ message }) => say(message))
      .finally(() => (ping.disabled = false))
  })
  if (!features.actions) return [ping]
  const disconnect = el('button', { type: 'button', className: 'danger' }, 'Disconnect')
  disconnect.addEventListener('click', () => {
    if (!confirm('Disconnect this client? It does not reconnect by itself.')) return
    act('disconnect', { id })
      .then(() => say('The client is disconnected with code 4403.'))
      .catch(({ message }) => say(message))
  })
  return [ping, disconnect]
}

function draw(element, connection, app) {
  const { rooms, roomCount, data, messages } = connection
  const rest = roomCount - rooms.length
  fill(
    element,
    panel('Identity', facts(connection, app)),
    panel(
      'Rooms',
      rooms.length > 0
        ? el(
            'p',
            { className: 'chips' },
            rooms.map((room) => roomLink(room, 60)),
            rest > 0 ? muted(`and ${count(rest)} more`) : undefined,
          )
        : empty('It is in no room.'),
    ),
    data === undefined ? undefined : panel('Data', el('pre', {}, inert(data, { most: 10_000, lines: true }))),
    messages ? panel('Last messages', el('div', { className: 'messages' }, messagesOf(messages))) : undefined,
  )
}

function facts(connection, app) {
  const { user, address, since, state, latency, bufferedAmount, server } = connection
  const all = [
    ['User', userLink(user)],
    ['Address', el('a', { className: 'code', href: linkTo('connections', { address }) }, inert(address))],
    ['Server', inert(serverLabel(server, app.overview))],
    ['State', badge(state === 'open' ? 'good' : 'warn', state)],
    ['Connected', `${moment(since)} (${duration(Date.now() - since)})`],
    ['Latency', latency === undefined ? 'not measured yet' : milliseconds(latency)],
    ['Buffered', bytes(bufferedAmount)],
  ]
  return el(
    'dl',
    { className: 'facts' },
    all.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  )
}

function messagesOf(messages) {
  if (messages.length === 0) return empty('No message since this page was opened. Messages are kept while it is open.')
  const columns = [
    { title: 'Time', className: 'code' },
    { title: 'Direction' },
    { title: 'Size', className: 'number' },
    { title: 'Text', className: 'wide' },
  ]
  const rows = messages
    .toReversed()
    .map(({ time, direction, bytes: size, text, isCut }) => [
      timeOfDay(time),
      el('span', { className: `direction ${direction}` }, direction === 'in' ? 'from client' : 'to client'),
      bytes(size),
      text === undefined
        ? muted('not shown')
        : el('code', {}, inert(text, { most: 2000, lines: true }), isCut ? '…' : ''),
    ])
  return table('Last messages', columns, rows)
}
