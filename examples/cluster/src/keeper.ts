import { spawn } from 'node:child_process'

// Runs another program, and ends it when the parent process has ended, also if the parent was killed.

const [program = '', ...args] = process.argv.slice(2)
const child = spawn(program, args, { stdio: 'inherit' })
child.once('error', ({ message }) => console.error(message))
child.once('close', (code) => process.exit(code ?? 1))

const end = (): void => void child.kill('SIGTERM')
process.once('SIGTERM', end)
process.once('disconnect', end)
