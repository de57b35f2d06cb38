import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Hands over every line that a child process prints, in whichever way. */
export function eachLine({ stdout, stderr }: ChildProcess, take: (line: string) => void): void {
  for (const input of [stdout, stderr]) if (input) createInterface({ input }).on('line', take)
}
