const tags = new Map<string, string>()

/** 8 hexadecimal digits of a message: each is executed once. */
export function tagOf(id: string): string {
  const known = tags.get(id)
  if (known !== undefined) return known
  const tag = Buffer.from(id.slice(0, 4).padStart(4, '_')).toString('hex')
  tags.set(id, tag)
  return tag
}
