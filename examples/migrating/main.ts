import type { Running } from './chat/running.js'

// npm start -- socket.io before

const LIBRARIES = ['socket.io', 'express-ws', 'koa-websocket', 'fastify-websocket', 'ws']
const PROGRAMS = ['before', 'during', 'after']

async function main(library = 'socket.io', program = 'after'): Promise<void> {
  if (!LIBRARIES.includes(library) || !PROGRAMS.includes(program))
    throw new Error(`npm start -- ${LIBRARIES.join('|')} ${PROGRAMS.join('|')}`)
  const { start } = (await import(`./${library}/${program}.js`)) as { start: (port: number) => Promise<Running> }
  const { port, close } = await start(Number(process.env['PORT'] ?? 3000))
  process.stdout.write(`${library}, ${program}: http://localhost:${port}\n`)
  process.once('SIGINT', () => void close())
  process.once('SIGTERM', () => void close())
}

void main(...process.argv.slice(2))
