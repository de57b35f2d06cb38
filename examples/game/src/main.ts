import type { AddressInfo } from 'node:net'
import { Game } from './game.js'
import { serve } from './server.js'

const game = new Game()
const server = serve(game)
game.run()
server.listen(Number(process.env['PORT'] ?? 3000), () => {
  process.stdout.write(`http://localhost:${(server.address() as AddressInfo).port}\n`)
})

async function stop(): Promise<void> {
  await game.hub.close()
  server.close()
}
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
