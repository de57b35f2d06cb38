import { connectionView } from './connection.js'
import { connectionsView } from './connections.js'
import { duration } from './format.js'
import { read } from './http.js'
import { plain } from './inert.js'
import { overviewView } from './overview.js'
import { Poller } from './poller.js'
import { roomsView } from './rooms.js'
import { Series } from './series.js'

const VIEWS = { '': overviewView, connections: connectionsView, connection: connectionView, rooms: roomsView }
/** The link of the navigation that a view belongs to. */
const SECTIONS = { '': 'overview', connection: 'connections' }

const byId = (id) => document.getElementById(id)
const app = { series: new Series(), overview: undefined }
let view

const poller = new Poller(async () => {
  const overview = await read('overview')
  app.overview = overview
  app.series.add(overview)
  byId('hub').textContent = plain(overview.hub, 40)
  view?.update?.(overview)
  await view?.tick?.()
}, report)

function show(isFirst) {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2)
  const name = path in VIEWS ? path : ''
  const main = byId('main')
  main.replaceChildren()
  view = VIEWS[name](main, app, Object.fromEntries(new URLSearchParams(query)))
  document.title = `${view.title} · Inspector`
  for (const link of document.querySelectorAll('[data-view]')) {
    if (link.dataset.view === (SECTIONS[name] ?? name)) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (!isFirst) main.querySelector('h1')?.focus()
  if (app.overview) view.update?.(app.overview)
  if (view.tick) poller.soon()
  scrollTo(0, 0)
}

function report(state, { failure, wait = 0 } = {}) {
  const texts = {
    live: 'Live',
    paused: 'Paused',
    waiting: `${failure?.message ?? ''} Next try in ${duration(wait)}.`,
    stopped: failure?.message ?? '',
  }
  const status = byId('status')
  status.dataset.state = state
  if (status.textContent !== texts[state]) status.textContent = texts[state]
  byId('retry').hidden = state === 'live' || state === 'paused'
}

byId('retry').addEventListener('click', () => poller.now())
byId('skip').addEventListener('click', (event) => {
  event.preventDefault()
  byId('main').focus()
})
addEventListener('hashchange', () => show(false))
show(true)
poller.now()
