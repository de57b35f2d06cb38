// Small helpers. Text is always inserted as text.

export const byId = (id) => document.getElementById(id)

/** An element with a class, attributes, and children: elements, or text. */
export function el(tag, { className = '', ...attributes } = {}, ...children) {
  const element = document.createElement(tag)
  if (className) element.className = className
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** A person's initial on a colour that is always the same. */
export function paintAvatar(element, { id, name }) {
  let hash = 0
  for (const char of id) hash = (hash * 31 + char.codePointAt(0)) % 360
  element.style.setProperty('--hue', String(hash))
  element.textContent = [...name][0].toUpperCase()
  return element
}

export const avatar = (person) => paintAvatar(el('span', { className: 'avatar', 'aria-hidden': 'true' }), person)
