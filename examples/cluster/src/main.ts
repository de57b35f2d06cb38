import { listen, onStopSignal, readPort, urlOf } from '@wshub/example-chat/dist/listen.js'
import { Balancer } from './balancer.js'
import { ChatServer } from './chat-server.js'
import { OwnRedis } from './redis.js'

const FRAMEWORKS = ['express', 'koa', 'fastify']

const servers: ChatServer[] = []
let redis: OwnRedis | undefined
let stopping = false

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
async function main(): Promise<void> {
  const frameworks = chosen(process.argv.slice(2))
  const port = readPort(process.env['PORT'] || '3000')
  const host = process.env['HOST'] || '127.0.0.1'
  const balancer = new Balancer(servers)
  await listen(balancer.server, { port, host, command: 'npm run cluster' })
  stopOnSignal(balancer)
  try {
    const inspector = await start(frameworks, process.env['REDIS_URL'])
    if (!stopping) introduce(urlOf(balancer.server, process.env['HOST']), inspector)
  } catch (error) {
    // A server that is stopped while it starts has not failed.
    if (stopping) return
    stopping = true
    await stopAll(balancer)
    throw error
  }
  if (stopping) await stopAll(balancer)
}

/** @returns the path of the inspector */
async function start(frameworks: readonly string[], url: string | undefined): Promise<string> {
  if (!url) redis = await OwnRedis.start()
  void redis?.ended.then(
    () => stopping || console.log('Redis has ended; each server goes on by itself, without logins.'),
  )
  const at = url || (redis as OwnRedis).url
  frameworks.forEach((framework, index) => {
    servers.push(new ChatServer({ name: `server ${index + 1}`, framework, redis: at }))
  })
  const [inspector = ''] = stopping ? [] : await Promise.all(servers.map((server) => server.start()))
  return inspector
}

/** One server for each named framework. @throws Error if there is no chat for a framework */
function chosen(names: readonly string[]): readonly string[] {
  if (names.length === 0) return FRAMEWORKS
  const wrong = names.find((name) => !FRAMEWORKS.includes(name))
  if (wrong === undefined) return names
  throw new Error(`There is no chat with "${wrong}"; choose some of: ${FRAMEWORKS.join(', ')}.`)
}

function introduce(url: string, inspector: string): void {
  console.log(`The chat is at ${url} (Ctrl+C stops it all)`)
  for (const { name, framework, port, pid } of servers) {
    console.log(`  ${name}: ${framework} at http://127.0.0.1:${port}, pid ${pid}`)
  }
  console.log(`  Inspector of the hub, on all servers: ${url}${inspector}`)
  if (redis) console.log(`  Redis for as long as this runs: ${redis.url}`)
  console.log('Open it in two browsers: each shows which server it is connected to. Then end a server while you write:')
  console.log(`  kill -9 ${servers[0]?.pid}`)
}

function stopOnSignal(balancer: Balancer): void {
  const stop = (): void => {
    stopping = true
    console.log('Stopping: clients are asked to reconnect later.')
    void stopAll(balancer).then(() => console.log('Stopped.'))
  }
  onStopSignal(stop, ['SIGINT', 'SIGTERM', 'SIGHUP'])
}

/** Stops the servers before Redis and the balancer: closing servers still use Redis, and their clients the balancer. */
async function stopAll(balancer: Balancer): Promise<void> {
  balancer.close()
  await Promise.all(servers.map((server) => server.stop()))
  await redis?.stop()
  balancer.end()
}
