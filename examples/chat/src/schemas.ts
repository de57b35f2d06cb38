import { HubError } from '@wshub/core'
import { z } from 'zod'

/** Names of users: letters of any script, digits, and a few characters between them. */
const name = z
  .string()
  .trim()
  .normalize('NFKC')
  .min(1, 'A name is needed.')
  .max(24, 'A name has at most 24 characters.')
  .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'’_-]*$/u, 'A name begins with a letter or digit and holds no special signs.')

/** Names of rooms: lower case, so that `Lobby` and `lobby` are not two rooms. */
export const roomName = z
  .string()
  .trim()
  .normalize('NFKC')
  .toLowerCase()
  .min(1, 'A room needs a name.')
  .max(30, 'The name of a room has at most 30 characters.')
  .transform((text) => text.replace(/\s+/g, '-'))
  .pipe(z.string().regex(/^[\p{L}\p{M}\p{N}_-]+$/u, 'The name of a room holds letters, digits, - and _.'))

const text = z.string().trim().min(1, 'A message needs a text.').max(2000, 'A message has at most 2,000 characters.')

export const loginInput = z.object({ name })
export const roomInput = z.object({ room: roomName })
/** The sender may choose the id, so that a line that is sent again after a lost connection appears once. */
export const lineInput = z.object({ text, id: z.uuid().optional() })
export const sayInput = lineInput.extend({ room: roomName })
export const typingInput = z.object({ room: roomName, typing: z.boolean() })

/** Validates the body of an HTTP request. @throws HubError `invalid_body` with status 400 and the problems */
export function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issues = result.error.issues.map(({ message, path }) => ({ message, path: path.map(asKey) }))
  throw new HubError('invalid_body', issues[0]?.message, { status: 400, issues })
}

function asKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key
}
