import { el } from './dom.js'
import { inert } from './inert.js'
import { linkTo } from './link.js'

/** What the page calls a server: its machine and process if they are known. */
export function serverLabel(id, overview) {
  const found = overview?.servers.find(({ server }) => server === id)
  const short = String(id).slice(0, 8)
  if (!found?.host) return short
  const isAlone = overview.servers.every(
    ({ server, host, pid }) => server === id || host !== found.host || pid !== found.pid,
  )
  return `${found.host}:${found.pid}${isAlone ? '' : ` ${short}`}`
}

/** @param most characters that are shown */
export function userLink(user, most) {
  return user === undefined ? muted('none') : el('a', { href: linkTo('connections', { user }) }, inert(user, { most }))
}

/** @param most characters that are shown */
export function roomLink(room, most) {
  return el('a', { className: 'chip', href: linkTo('connections', { room }) }, inert(room, { most }))
}

export function badge(kind, text) {
  return el('span', { className: `badge ${kind}` }, text)
}

export function muted(text) {
  return el('span', { className: 'muted' }, text)
}
