// Whatever a client of the hub has chosen is shown as text that can do nothing: no markup, no direction, no endless length.

/** Controls, invisible formatting (with the overrides of direction), line separators, halves of surrogate pairs. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const MAX_NAME = 120

/**
 * A text of a client, in a direction of its own.
 * @param most characters that are shown
 * @param lines whether line breaks may stay
 */
export function inert(text, { most = MAX_NAME, lines = false } = {}) {
  const element = document.createElement('bdi')
  const characters = Array.from(String(text).slice(0, 2 * most))
  const shown = characters.slice(0, most)
  element.append(...pieces(shown, lines))
  const length = String(text).length
  if (shown.join('').length < length) element.append(note('cut', `… (${length.toLocaleString('en')} characters)`))
  if (length === 0) element.append(note('cut', '(empty)'))
  return element
}

/** The same as plain text, for attributes and titles. */
export function plain(text, most = MAX_NAME) {
  return inert(text, { most }).textContent
}

function pieces(characters, lines) {
  const all = []
  let run = ''
  for (const character of characters) {
    if (!HIDDEN.test(character) || (lines && character === '\n')) {
      run += character
      continue
    }
    if (run !== '') all.push(run)
    run = ''
    all.push(note('escape', codeOf(character)))
  }
  if (run !== '') all.push(run)
  return all
}

function codeOf(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}

function note(kind, text) {
  const element = document.createElement('span')
  element.className = kind
  element.textContent = text
  return element
}
