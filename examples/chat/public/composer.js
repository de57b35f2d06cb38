// Where a message is written: Enter sends it, Shift+Enter begins a new line, and the others see that somebody types.

import { byId } from './dom.js'

/** Milliseconds between two events that say that this user still types. */
const EVERY = 2000

/** @param handlers `onSay(text)` and `onTyping(typing)`; @param signal ends it */
export function setUpComposer({ onSay, onTyping }, signal) {
  const form = byId('composer')
  const text = byId('text')
  let toldAt = 0

  const tell = (typing) => {
    if (typing && Date.now() - toldAt < EVERY) return
    if (!typing && toldAt === 0) return
    toldAt = typing ? Date.now() : 0
    onTyping(typing)
  }
  const onKey = (event) => {
    // While an input method composes a character, Enter chooses it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  }
  const onSubmit = (event) => {
    event.preventDefault()
    const said = text.value.trim()
    text.value = ''
    text.focus()
    if (said === '') return
    toldAt = 0
    onSay(said)
  }
  text.addEventListener('input', () => tell(text.value.trim() !== ''), { signal })
  text.addEventListener('keydown', onKey, { signal })
  form.addEventListener('submit', onSubmit, { signal })
  // On a phone the keyboard would hide what one came to read.
  const focus = () => matchMedia('(hover: hover)').matches && text.focus()
  return { focus, stopTyping: () => tell(false) }
}
