import { BadRequest } from './inspector-answer.js'

/** The most characters of one value. */
const MAX_VALUE_LENGTH = 1000

/** The parameters in the query of a URL, by name. */
export type Parameters<Name extends string> = Partial<Record<Name, string>>

/**
 * Reads the query of a URL.
 * @param known the names of the allowed parameters
 * @throws BadRequest if a parameter is unknown, repeated or too long
 */
export function parametersOf<Name extends string>(url: string, known: readonly Name[]): Parameters<Name> {
  const query = new URLSearchParams(url.slice(queryStart(url)))
  const found: Parameters<Name> = {}
  for (const [name, value] of query) {
    const match = known.find((one) => one === name)
    if (match === undefined) throw new BadRequest(unknownText(name, known))
    if (found[match] !== undefined) throw new BadRequest(`The parameter ${match} may be there once.`)
    if (value.length > MAX_VALUE_LENGTH) throw new BadRequest(tooLongText(match))
    found[match] = value
  }
  return found
}

/** The value of a required parameter. @throws BadRequest if it is missing or empty */
export function requiredText(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new BadRequest(`The parameter ${name} is required.`)
  return value
}

/** A whole number. @throws BadRequest if the text is not a whole number from 1 to `most` */
export function wholeNumber(name: string, text: string, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= most) return number
  throw new BadRequest(`The parameter ${name} must be a whole number from 1 to ${most}.`)
}

function queryStart(url: string): number {
  const mark = url.indexOf('?')
  return mark === -1 ? url.length : mark + 1
}

function unknownText(name: string, known: readonly string[]): string {
  const names = known.length > 0 ? `Known are: ${known.join(', ')}.` : 'There is none here.'
  return `There is no parameter ${JSON.stringify(name.slice(0, 100))}. ${names}`
}

function tooLongText(name: string): string {
  return `The parameter ${name} has at most ${MAX_VALUE_LENGTH} characters.`
}
