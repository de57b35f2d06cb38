import type { BuildOptions, Metafile } from 'esbuild'

export const INTERNAL: readonly string[]
export const options: BuildOptions
export const packages: string
export function minified(changes?: BuildOptions): Promise<{ readonly code: string; readonly metafile?: Metafile }>
