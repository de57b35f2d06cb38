import { execFile } from 'node:child_process'

/** Runs a command, resolves to what it printed, and rejects with all that it printed. */
export function run(command: string, args: string[], cwd: string): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error }))
      else resolve(stdout)
    }).stdin?.end()
  })
}

export function npm(args: string[], cwd: string): Promise<string> {
  return run('npm', args, cwd)
}
