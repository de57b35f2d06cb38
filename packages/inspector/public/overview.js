import { Cards } from './cards.js'
import { el, fill } from './dom.js'
import { milliseconds, numbered, timeOfDay } from './format.js'
import { serverLabel } from './labels.js'
import { ReasonsPanel } from './reasons.js'
import { ServersPanel } from './servers.js'
import { CLOSES, ORDINARY, TYPES } from './words.js'

const CLOSED = {
  title: 'Closed connections',
  name: 'closed',
  column: 'Code or reason',
  nothing: 'No connection has closed yet.',
  meaning: (reason) => CLOSES[reason],
  isNotable: (reason) => !ORDINARY.has(reason),
}
const MESSAGE_TYPES = {
  title: 'Message types',
  name: 'types',
  column: 'Type',
  nothing: 'No message has come yet.',
  label: (type) => TYPES[type] ?? type,
  more: [
    { title: 'p50', cell: (type, servers) => milliseconds(slowest(servers, type, 'p50')) },
    { title: 'p99', cell: (type, servers) => milliseconds(slowest(servers, type, 'p99')) },
  ],
}
const REFUSED = {
  title: 'Refused handshakes',
  name: 'refused',
  column: 'Reason',
  nothing: 'No handshake was refused.',
  isNotable: () => true,
}
const REJECTED = {
  title: 'Messages answered with an error',
  name: 'rejected',
  column: 'Error code',
  nothing: 'No message was answered with an error.',
  isNotable: () => true,
}

/** The first section: what the whole hub does. */
export function overviewView(root, app) {
  const lead = el('p', { className: 'lead' }, 'No counts yet.')
  const notices = el('div', { role: 'status', className: 'notices' })
  const cards = new Cards()
  const servers = new ServersPanel()
  const [closed, types, refused, rejected] = [CLOSED, MESSAGE_TYPES, REFUSED, REJECTED].map(
    (one) => new ReasonsPanel(one),
  )
  root.append(
    el('div', { className: 'head' }, el('h1', { tabindex: '-1' }, 'Overview'), lead),
    notices,
    el('h2', { className: 'hidden' }, 'Figures'),
    cards.element,
    servers.element,
    el('div', { className: 'columns' }, column(closed, refused), column(types, rejected)),
  )
  return {
    title: 'Overview',
    update(overview) {
      lead.textContent = `All servers together, since ${timeOfDay(app.series.openedAt)}, when this page was opened.`
      drawNotices(notices, overview)
      cards.draw(app.series.points)
      servers.draw(overview)
      for (const panel of [closed, types, refused, rejected]) panel.draw(overview, app.series)
    },
  }
}

const column = (...panels) => el('div', { className: 'column' }, ...panels.map(({ element }) => element))

// A live region speaks if its text changes: the same notice stays as it is.
function drawNotices(element, overview) {
  const texts = noticesOf(overview)
  const shown = [...element.children].map(({ textContent }) => textContent)
  if (shown.join('\n') === texts.join('\n')) return
  fill(element, ...texts.map((text) => el('p', { className: 'notice' }, text)))
}

function noticesOf(overview) {
  const { servers, unanswered, outdated, partial } = overview
  const down = servers.filter(({ broker }) => broker?.state === 'down')
  const names = down.map(({ server }) => serverLabel(server, overview)).join(', ')
  return [
    unanswered.length > 0 &&
      `${numbered(unanswered.length, 'server does', 'servers do')} not answer, and ${unanswered.length === 1 ? 'its' : 'their'} figures are missing.`,
    down.length > 0 && `The broker is down for ${names}.`,
    outdated.length > 0 && `${numbered(outdated.length, 'server runs', 'servers run')} a version that counts less.`,
    partial && unanswered.length + outdated.length === 0 && 'It is not known whether these are all servers.',
  ].filter(Boolean)
}

/** The longest time of a type on any server. */
function slowest(servers, type, name) {
  const times = servers.map(({ handlers }) => handlers?.types?.[type]?.[name]).filter(Number.isFinite)
  return times.length === 0 ? undefined : Math.max(...times)
}
