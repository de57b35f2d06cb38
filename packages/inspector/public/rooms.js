import { el, empty, table } from './dom.js'
import { count, numbered } from './format.js'
import { inert } from './inert.js'
import { read } from './http.js'
import { serverLabel } from './labels.js'
import { linkTo } from './link.js'
import { listView, missingServers, pager, searchForm } from './list.js'

const PAGE = 50

/** The rooms of all servers, by name. */
export function roomsView(root, app, parameters) {
  const { after, ...search } = parameters
  const load = async () => listOf(await read('rooms', { ...parameters, limit: PAGE }), { app, search, after })
  return listView(root, { title: 'Rooms', form: formOf(search), load })
}

function formOf({ search = '' }) {
  return searchForm({
    title: 'Name contains',
    value: search,
    all: search ? linkTo('rooms') : undefined,
    target: (value) => linkTo('rooms', { search: value }),
  })
}

function listOf(page, { app, search, after }) {
  const { rooms, after: next } = page
  const nothing = search.search ? 'No room has such a name.' : 'There are no rooms.'
  const summary = `${numbered(rooms.length, 'room', 'rooms')}${next === undefined ? '' : ', more on the next page'}`
  return {
    summary: rooms.length > 0 ? summary : '',
    parts: [
      ...missingServers(page, (id) => serverLabel(id, app.overview)),
      rooms.length > 0 ? tableOf(rooms) : empty(nothing),
      pager('rooms', { parameters: search, first: after !== undefined, next: next !== undefined && { after: next } }),
    ],
  }
}

function tableOf(rooms) {
  const columns = [
    { title: 'Room' },
    { title: 'Connections', className: 'number strong' },
    { title: 'Servers', className: 'number' },
  ]
  const rows = rooms.map(({ name, members, servers }) => [
    el('a', { href: linkTo('connections', { room: name }) }, inert(name)),
    count(members),
    count(servers),
  ])
  return table('Rooms', columns, rows)
}
