import type { Source } from './sources.js'

const DECLARATION =
  /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:async )?(?:class|interface|type|function\*?|const|let|enum) (\w+)/gm

/** The files that declare a name at their top level, by name. */
export function declarations(sources: readonly Source[]): Map<string, string[]> {
  const files = new Map<string, Set<string>>()
  for (const { path, code } of sources) {
    for (const [, name = ''] of code.matchAll(DECLARATION)) files.set(name, (files.get(name) ?? new Set()).add(path))
  }
  return new Map([...files].map(([name, paths]) => [name, [...paths]]))
}

/** Names that more than one file declares at its top level, sorted. */
export function repeatedNames(sources: readonly Source[]): string[] {
  return [...declarations(sources)].flatMap(([name, paths]) => (paths.length > 1 ? [name] : [])).toSorted()
}

const TEXT =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(?<=^|[(,=:&|!?[{};\s])\/(?![*/ ])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//g
const CHAIN = /(?<![\w.$#])(?:this\??\.)?(#?[a-z]\w*(?:[?!]?\.#?[A-Za-z]\w*){2,})(?=([^\w$]))/g

/** Members of standard types. As the last name of a chain they do not count, because they reach into no part. */
const STANDARD = new Set(
  `add at bind call catch clear concat delete endsWith entries every filter find findLast flatMap forEach get has
  includes indexOf join keys length map match pop push reduce set shift size slice some sort splice split startsWith test
  then toSorted toString trim values`.split(/\s+/),
)

/** Property chains of four or more names, such as `this.hub.registry.rooms.existing`, which reach into parts of parts. */
export function longChains({ code }: Source): string[] {
  return [...code.replace(TEXT, "''").matchAll(CHAIN)].flatMap(([, chain = '']) => {
    const names = chain.split(/[?!]?\./)
    const own = STANDARD.has(names.at(-1) ?? '') ? names.slice(0, -1) : names
    return own.length >= 4 ? [chain.replace(/[?!]/g, '')] : []
  })
}
