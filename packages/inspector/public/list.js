import { el, empty, fill } from './dom.js'
import { linkTo } from './link.js'

/** Links to the first page and to the next one. */
export function pager(view, { parameters, first, next }) {
  const links = [
    first ? el('a', { className: 'button quiet', href: linkTo(view, parameters) }, 'First page') : undefined,
    next ? el('a', { className: 'button', href: linkTo(view, { ...parameters, ...next }) }, 'Next page') : undefined,
  ]
  return links.some(Boolean) ? el('nav', { className: 'pager', 'aria-label': 'Pages' }, links) : undefined
}

/**
 * A form with a text to search for.
 * @param options `by`: a control before the text; `title` of the text and its `value`; `all`: the link that ends the search;
 * `target(value)`: the address of the results
 */
export function searchForm({ by, title, value = '', all, target }) {
  const input = el('input', { type: 'search', name: 'value', autocomplete: 'off', spellcheck: 'false' })
  input.value = value
  const form = el(
    'form',
    { role: 'search', className: 'search' },
    by,
    el('label', { className: 'grow' }, el('span', {}, title), input),
    el('button', { type: 'submit' }, 'Search'),
    all ? el('a', { className: 'button quiet', href: all }, 'Show all') : undefined,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    location.hash = target(input.value)
  })
  return form
}

/**
 * A section with a search and a list, which is read when the section is opened or refreshed.
 * @param load reads the list: `{ summary, parts }`. @throws Failure
 */
export function listView(root, { title, form, load }) {
  const summary = el('p', { role: 'status', className: 'summary' })
  const results = el('div', { className: 'results' })
  const show = async () => {
    results.setAttribute('aria-busy', 'true')
    try {
      const list = await load()
      summary.textContent = list.summary
      fill(results, ...list.parts)
    } catch (failure) {
      summary.textContent = ''
      fill(
        results,
        failed(failure, () => void show()),
      )
    }
    results.removeAttribute('aria-busy')
  }
  const refresh = el('button', { type: 'button', className: 'quiet' }, 'Refresh')
  refresh.addEventListener('click', () => void show())
  root.append(el('div', { className: 'head' }, el('h1', { tabindex: '-1' }, title), refresh), form, summary, results)
  void show()
  return { title }
}

/** What a list shows if it could not be read. */
function failed({ message, kind }, again) {
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
