import { el, empty, table } from './dom.js'
import { bytes, count, duration, milliseconds, numbered } from './format.js'
import { inert, plain } from './inert.js'
import { read } from './http.js'
import { muted, roomLink, serverLabel, userLink } from './labels.js'
import { linkTo } from './link.js'
import { listView, missingServers, pager, searchForm } from './list.js'

/** What connections are looked for by. */
const FIELDS = [
  ['user', 'User'],
  ['room', 'Room'],
  ['address', 'Address'],
  ['id', 'Connection id'],
]
const ROOMS_SHOWN = 3
const PAGE = 50

/** A list of connections, one server after the other. */
export function connectionsView(root, app, parameters) {
  const { cursor, ...search } = parameters
  const load = async () => listOf(await readPage(parameters), { app, search, cursor })
  return listView(root, { title: 'Connections', form: formOf(search), load })
}

/** A page with connections: servers that do not answer are passed over, and named. */
async function readPage(parameters) {
  const unanswered = []
  let page
  let cursor = parameters.cursor
  do {
    page = await read('connections', { ...parameters, cursor, limit: PAGE })
    unanswered.push(...page.unanswered)
    cursor = page.cursor
  } while (page.connections.length === 0 && cursor !== undefined)
  return { ...page, unanswered }
}

function formOf(search) {
  const chosen = FIELDS.find(([name]) => search[name] !== undefined)?.[0] ?? 'user'
  const select = el(
    'select',
    { name: 'field' },
    FIELDS.map(([name, title]) => el('option', { value: name, selected: name === chosen }, title)),
  )
  const by = el('label', {}, el('span', {}, 'Search by'), select)
  return searchForm({
    by,
    title: 'Exact value',
    value: search[chosen],
    all: Object.keys(search).length > 0 ? linkTo('connections') : undefined,
    target: (value) => targetOf(select.value, value.trim()),
  })
}

function targetOf(field, value) {
  if (field === 'id' && value !== '') return linkTo('connection', { id: value })
  return linkTo('connections', { [field]: value })
}

function listOf(page, { app, search, cursor }) {
  const { connections, cursor: next } = page
  const label = (id) => serverLabel(id, app.overview)
  const [first] = connections
  const nothing = Object.keys(search).length > 0 ? 'No connection matches.' : 'There are no connections.'
  return {
    summary: first ? summaryOf(connections.length, plain(label(first.server)), next !== undefined) : '',
    parts: [
      ...missingServers(page, label),
      first ? tableOf(connections, label) : empty(nothing),
      pager('connections', { parameters: search, first: cursor !== undefined, next: next && { cursor: next } }),
    ],
  }
}

function summaryOf(size, server, more) {
  return `${numbered(size, 'connection', 'connections')} of ${server}${more ? ', more on the next page' : ''}`
}

function tableOf(connections, label) {
  const columns = [
    { title: 'Connection', className: 'code' },
    { title: 'User' },
    { title: 'Address', className: 'code' },
    { title: 'Rooms', className: 'wide' },
    { title: 'Open for', className: 'number' },
    { title: 'Latency', className: 'number' },
    { title: 'Buffered', className: 'number' },
    { title: 'Server' },
  ]
  const rows = connections.map((one) => [
    el('a', { href: linkTo('connection', { id: one.id }) }, inert(one.id)),
    userLink(one.user, 40),
    inert(one.address, { most: 60 }),
    roomsOf(one),
    duration(Date.now() - one.since),
    milliseconds(one.latency),
    bytes(one.bufferedAmount),
    inert(label(one.server), { most: 40 }),
  ])
  return table('Connections', columns, rows)
}

function roomsOf({ rooms, omittedRooms = 0 }) {
  const shown = rooms.slice(0, ROOMS_SHOWN).map((room) => roomLink(room, 24))
  const rest = rooms.length - shown.length + omittedRooms
  if (shown.length === 0) return muted('none')
  return el('span', { className: 'chips' }, shown, rest > 0 ? muted(`+${count(rest)}`) : undefined)
}
