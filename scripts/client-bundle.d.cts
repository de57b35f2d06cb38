import type { BuildOptions } from 'esbuild'

export const INTERNAL: readonly string[]
export const options: BuildOptions
export const packages: string
