import type { IncomingHttpHeaders } from 'node:http'

/** Stands in no header: Node refuses requests that hold it. */
const HEADER_SEPARATOR = '\0'

/** The headers of a request as one text. Whatever middleware has put there becomes text, too.*/
export function packHeaders(headers: IncomingHttpHeaders): string {
  const parts: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (Array.isArray(value)) for (const one of value) parts.push(name, one)
    else if (value !== undefined) parts.push(name, value)
  }
  return parts.join(HEADER_SEPARATOR)
}

/** The same headers as an object like that of Node: lists are arrays. */
export function unpackHeaders(text: string): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  const parts = text === '' ? [] : text.split(HEADER_SEPARATOR)
  for (let index = 0; index < parts.length; index += 2)
    addHeader(headers, parts[index] as string, parts[index + 1] as string)
  return headers
}

function addHeader(headers: IncomingHttpHeaders, name: string, value: string): void {
  const before = headers[name]
  if (before === undefined) headers[name] = name === 'set-cookie' ? [value] : value
  else headers[name] = Array.isArray(before) ? [...before, value] : [before, value]
}
