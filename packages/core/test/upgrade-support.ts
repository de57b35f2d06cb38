import type { IncomingMessage } from 'node:http'

export function broken(): never {
  throw new Error('broken')
}

export function warnings(): string[] {
  const seen: string[] = []
  jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void seen.push(String(warning)))
  return seen
}

export const path = ({ url }: IncomingMessage): string => String(url)
