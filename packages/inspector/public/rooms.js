import { el, empty, fill, table } from './dom.js'
import { count } from './format.js'
import { inert } from './inert.js'
import { read } from './http.js'
import { failed, linkTo, missingServers, pager, valuesOf } from './list.js'
import { serverLabel } from './servers.js'

const PAGE = 50

/** The rooms of all servers, by name. */
export function roomsView(root, app, parameters) {
  const results = el('div', { className: 'results', 'aria-live': 'polite' })
  const { after, ...search } = parameters
  const load = async () => {
    results.setAttribute('aria-busy', 'true')
    try {
      draw(results, await read('rooms', { ...parameters, limit: PAGE }), { app, search, after })
    } catch (failure) {
      fill(
        results,
        failed(failure, () => void load()),
      )
    }
    results.removeAttribute('aria-busy')
  }
  const refresh = el('button', { type: 'button', className: 'quiet' }, 'Refresh')
  refresh.addEventListener('click', () => void load())
  root.append(
    el('div', { className: 'head' }, el('h1', { tabindex: '-1' }, 'Rooms'), refresh),
    searchForm(search),
    results,
  )
  void load()
  return { title: 'Rooms' }
}

function searchForm({ search = '' }) {
  const input = el('input', { type: 'search', name: 'search', autocomplete: 'off', spellcheck: 'false' })
  input.value = search
  const form = el(
    'form',
    { role: 'search', className: 'search' },
    el('label', { className: 'grow' }, el('span', {}, 'Name contains'), input),
    el('button', { type: 'submit' }, 'Search'),
    search ? el('a', { className: 'button quiet', href: '#/rooms' }, 'Show all') : undefined,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    location.hash = linkTo('rooms', valuesOf(form))
  })
  return form
}

function draw(element, page, { app, search, after }) {
  const { rooms } = page
  const nothing = search.search ? 'No room has such a name.' : 'There are no rooms.'
  fill(
    element,
    ...missingServers(page, (id) => serverLabel(id, app.overview)),
    rooms.length > 0 ? tableOf(rooms) : empty(nothing),
    pager('rooms', { parameters: search, first: after !== undefined, next: page.after && { after: page.after } }),
  )
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
