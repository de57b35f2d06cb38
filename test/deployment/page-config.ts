import { fencesOf } from '../docs/blocks.js'

/** The configurations in one language that a page of docs/deployment shows, in order. */
export function configsOf(page: string, language: string): string[] {
  const blocks = fencesOf(`docs/deployment/${page}`).filter(({ mark }) => mark === language)
  return blocks.map(({ code }) => code)
}

/** Replaces ports and paths of a configuration. @throws Error if one of them is not in it */
export function withPlaces(config: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`The configuration has no "${from}".`)
    return text.replaceAll(from, to)
  }, config)
}

/** Puts lines behind the line of a configuration that contains a text, as a page says. */
export function withLinesAfter(config: string, text: string, lines: string): string {
  const end = config.indexOf('\n', config.indexOf(text))
  if (!config.includes(text)) throw new Error(`The configuration has no "${text}".`)
  return `${config.slice(0, end + 1)}${lines}${config.slice(end + 1)}`
}
