import type { Message } from './machine/state.js'

/** The message in a text frame, or `undefined` if it has no string `type` or an `id` that is no string or number. */
export function decode(text: string): Message | undefined {
  try {
    const value = JSON.parse(text) as Message | null
    const isMessage = typeof value?.type === 'string' && /^[nsu][tun]/.test(typeof value.id)
    return isMessage ? value : undefined
  } catch {
    return undefined
  }
}
