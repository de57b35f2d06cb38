import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Calls back with each line that a child process prints to stdout or stderr. */
export function eachLine({ stdout, stderr }: ChildProcess, take: (line: string) => void): void {
  for (const input of [stdout, stderr]) if (input) createInterface({ input }).on('line', take)
}
