import { dirname, posix } from 'node:path'
import type { Source } from './sources.js'

/** An import or a re-export of a file of the same package. */
export interface Import {
  readonly from: string
  readonly to: string
  /** Whether it imports types alone, and so is not in the compiled code. */
  readonly isType: boolean
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:([^'"]*?)\s+from\s+)?'(\.[^']*)'/gm
const INLINE = /\bimport\('(\.[^']*)'\)/g

/** The imports among files. */
export function importsOf(sources: readonly Source[]): Import[] {
  return sources.flatMap(({ path, code }) => {
    const at = (specifier: string): string => posix.join(dirname(path), specifier.replace(/\.js$/, '.ts'))
    const statements = [...code.matchAll(STATEMENT)].map(([, type, names = '', specifier = '']) => ({
      from: path,
      to: at(specifier),
      isType: type !== undefined || areTypes(names),
    }))
    const inline = [...code.matchAll(INLINE)].map(([, specifier = '']) => ({
      from: path,
      to: at(specifier),
      isType: true,
    }))
    return [...statements, ...inline]
  })
}

/** Groups of files that import each other, directly or through other files. The files of each group are sorted. */
export function knots(imports: readonly Import[]): string[][] {
  const reached = new Map<string, Set<string>>()
  for (const file of new Set(imports.map(({ from }) => from))) reached.set(file, reachedFrom(file, imports))
  const seen = new Set<string>()
  const found: string[][] = []
  for (const [file, targets] of reached) {
    if (!targets.has(file) || seen.has(file)) continue
    const knot = [...targets].filter((other) => reached.get(other)?.has(file)).toSorted()
    for (const other of knot) seen.add(other)
    found.push(knot)
  }
  return found
}

function reachedFrom(start: string, imports: readonly Import[]): Set<string> {
  const targets = new Map<string, string[]>()
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to])
  const reached = new Set<string>()
  const waiting = [start]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const target of targets.get(next) ?? []) {
      if (reached.has(target)) continue
      reached.add(target)
      waiting.push(target)
    }
  }
  return reached
}

function areTypes(names: string): boolean {
  const list = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1]
  if (list === undefined) return false
  return list.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
}
