import { el, empty } from './dom.js'
import { queryOf } from './http.js'

/** The address of a section with its parameters. */
export function linkTo(view, parameters = {}) {
  return `#/${view}${queryOf(parameters)}`
}

/** The parameters of a form that are filled in. */
export function valuesOf(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''))
}

/** Links to the first page and to the next one. */
export function pager(view, { parameters, first, next }) {
  const links = [
    first ? el('a', { className: 'button quiet', href: linkTo(view, parameters) }, 'First page') : undefined,
    next ? el('a', { className: 'button', href: linkTo(view, { ...parameters, ...next }) }, 'Next page') : undefined,
  ]
  return links.some(Boolean) ? el('nav', { className: 'pager', 'aria-label': 'Pages' }, links) : undefined
}

/** What a list shows if it could not be read. */
export function failed({ message, kind }, again) {
  const button = el('button', { type: 'button' }, 'Try again')
  button.addEventListener('click', again)
  return empty(message, kind === 'refused' ? undefined : button)
}

/** Names the servers whose part is missing. */
export function missingServers({ unanswered = [], refused = [] }, label) {
  const silent = unanswered.map((id) => label(id)).join(', ')
  const strange = refused.map((id) => label(id)).join(', ')
  return [
    silent && el('p', { className: 'notice' }, `No answer from ${silent}: its part is missing.`),
    strange &&
      el(
        'p',
        { className: 'notice' },
        `Nothing is known of ${strange}: it has no inspector, or another version of it.`,
      ),
  ].filter(Boolean)
}
