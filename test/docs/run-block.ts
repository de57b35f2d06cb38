import { transformSync } from 'esbuild'
import type { Block } from './blocks.js'

/** Values by name. */
export type Names = Readonly<Record<string, unknown>>

/** What an example uses. */
export interface Surroundings {
  /** Modules by the name under which the example imports them. */
  readonly modules?: Names | undefined
  /** Names that the example takes from the reader's app. */
  readonly names?: Names | undefined
}

/** Runs an example unchanged. @returns what it declares at the top level */
export async function runBlock({ code, at }: Block, { modules = {}, names = {} }: Surroundings): Promise<Names> {
  const script = transformSync(code, { loader: 'ts', format: 'esm', target: 'es2022' }).code
  const body = script
    .replaceAll(
      /^import \{([^}]*)\} from "([^"]+)";$/gm,
      (_, list: string, from) => `const {${asPattern(list)}} = modules["${from}"];`,
    )
    .replaceAll(/^import (\w+) from "([^"]+)";$/gm, 'const $1 = modules["$2"].default;')
    .replaceAll(/^export \{[^}]*\};$/gm, '')
  const declared = [...body.matchAll(/^(?:const|let|var|class|(?:async )?function\*?) (\w+)/gm)].map(([, name]) => name)
  const own = Object.keys(names).filter((name) => !declared.includes(name))
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as typeof Function
  const run = new AsyncFunction('modules', ...own, `{\n${body}\nreturn { ${declared.join()} } }\n//# sourceURL=${at}`)
  return (await run(modules, ...own.map((name) => names[name]))) as Names
}

function asPattern(list: string): string {
  return list.replaceAll(' as ', ': ')
}
