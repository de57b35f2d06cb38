// Small helpers. Text is always inserted as text.

/** An element with a class, attributes, and children: elements or texts. */
export function el(tag, { className = '', ...attributes } = {}, ...children) {
  const element = document.createElement(tag)
  if (className) element.className = className
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '')
    else if (value !== undefined && value !== false) element.setAttribute(name, value)
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== ''))
  return element
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** A part of a page with a heading of its own. */
export function panel(title, ...children) {
  const id = `panel-${title.toLowerCase().replaceAll(/\W+/g, '-')}`
  return el('section', { className: 'panel', 'aria-labelledby': id }, el('h2', { id }, title), ...children)
}

/**
 * A table whose rows become cards on a narrow screen. The roles stay then, too.
 * @param columns `{ title, className }`
 * @param rows a list of cells for each row
 */
export function table(caption, columns, rows) {
  const heads = columns.map(({ title, className }) =>
    el('th', { scope: 'col', role: 'columnheader', className }, title || el('span', { className: 'hidden' }, 'Action')),
  )
  const body = rows.map((cells) =>
    el(
      'tr',
      { role: 'row' },
      cells.map((cell, index) => {
        const { title, className } = columns[index]
        const tag = index === 0 ? 'th' : 'td'
        const role = index === 0 ? { role: 'rowheader', scope: 'row' } : { role: 'cell' }
        return el(tag, { ...role, className, 'data-label': title }, el('div', {}, cell))
      }),
    ),
  )
  return el(
    'table',
    { role: 'table' },
    el('caption', { className: 'hidden' }, caption),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, heads)),
    el('tbody', { role: 'rowgroup' }, body),
  )
}

/** What stands where there is nothing to show. */
export function empty(title, ...more) {
  return el('div', { className: 'empty' }, el('p', { className: 'empty-title' }, title), ...more)
}

/** Replaces the children of an element. The focus stays where it was if the same control is there again. */
export function fill(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined
  element.replaceChildren(...children.flat().filter((child) => child !== undefined))
  if (key) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus()
}
