import { readdirSync, readFileSync } from 'node:fs'

/** Nanoseconds that all threads of a process have run, user and system. */
export function cpuTime(pid) {
  const folder = `/proc/${pid}/task`
  let sum = 0
  for (const thread of readdirSync(folder))
    sum += Number.parseInt(readFileSync(`${folder}/${thread}/schedstat`, 'latin1'), 10)
  return sum
}
