import { el, fill, panel, table } from './dom.js'
import { bytes, count, duration } from './format.js'
import { inert } from './inert.js'
import { badge, muted, serverLabel } from './labels.js'

/** The servers of the hub, those that do not answer among them. */
export class ServersPanel {
  element
  #body = el('div')

  constructor() {
    this.element = panel('Servers', this.#body)
  }

  draw(overview) {
    const { servers, unanswered, outdated } = overview
    const columns = [
      { title: 'Server' },
      { title: 'State' },
      { title: 'Broker' },
      { title: 'Connections', className: 'number' },
      { title: 'Memory', className: 'number' },
      { title: 'Paused', className: 'number' },
      { title: 'Stalled', className: 'number' },
      { title: 'Running for', className: 'number' },
    ]
    const answered = servers.map((server) => rowOf(server, overview, outdated.includes(server.server)))
    const silent = unanswered.map((id) => [
      inert(String(id).slice(0, 8)),
      badge('bad', 'no answer'),
      ...Array.from({ length: 6 }, () => '–'),
    ])
    fill(this.#body, table('Servers', columns, [...answered, ...silent]))
  }
}

function rowOf(server, overview, isOutdated) {
  const { memory = {}, broker, pressure = {}, startedAt, connections } = server
  return [
    el(
      'span',
      { className: 'server' },
      inert(serverLabel(server.server, overview), { most: 60 }),
      server.server === overview.server ? el('small', {}, 'answers this page') : undefined,
    ),
    isOutdated ? badge('warn', 'older version') : badge('good', 'answers'),
    brokerBadge(broker),
    count(connections),
    memory.limit ? `${bytes(memory.used)} of ${bytes(memory.limit)}` : bytes(memory.used),
    count(pressure.paused),
    count(pressure.stalled),
    startedAt ? duration(Date.now() - startedAt) : '–',
  ]
}

function brokerBadge(broker) {
  if (!broker) return muted('not reported')
  const { state, since } = broker
  const lasts = since ? duration(Date.now() - since) : ''
  if (state === 'connected') return badge('good', 'connected')
  return badge(state === 'down' ? 'bad' : 'warn', `${state === 'down' ? 'down for' : 'connecting for'} ${lasts}`)
}
