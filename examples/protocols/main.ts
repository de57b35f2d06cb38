import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

// npm start -- yjs

type Starter = () => Promise<Server>

const starters: Readonly<Record<string, Starter>> = {
  yjs: async () => (await import('./yjs.js')).serve(new Map()).server,
  graphql: async () => (await import('./graphql.js')).serve().server,
  trpc: async () => (await import('./trpc.js')).serve().server,
  async mcp() {
    const app = await (await import('./mcp.js')).serve(new Map([['secret', 'ada']]))
    await app.ready()
    return app.server
  },
  async ocpp() {
    const passwords = new Map([['CP-1', 'sixteen letters.']])
    const app = await (await import('./ocpp.js')).serve(passwords, new Set(['driver']))
    await app.ready()
    return app.server
  },
}

async function main(protocol = ''): Promise<void> {
  const start = starters[protocol]
  if (!start) throw new Error(`npm start -- ${Object.keys(starters).join('|')}`)
  const server = await start()
  server.listen(Number(process.env['PORT'] ?? 3000), () => {
    process.stdout.write(`${protocol}: http://localhost:${(server.address() as AddressInfo).port}\n`)
  })
}

void main(process.argv[2])
