import { createServer } from 'node:http'
import { CloseCode, type Connection, Hub, HubError, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/koa'
import Koa from 'koa'
import { z } from 'zod'

// Players meet in a lobby and play in rooms. A player who breaks the rules is closed with a code that says why.

const games = ({ rooms }: Connection): string[] => [...rooms].filter((room) => room !== 'lobby')

const router = new Router()
  .handle('join_game', z.object({ game_id: z.string().max(40) }), async ({ connection, hub, payload: { game_id } }) => {
    connection.leave('lobby')
    await connection.join(`game:${game_id}`)
    hub.room(`game:${game_id}`).except(connection).emit('player_joined', { player: connection.user })
    return { game_id }
  })
  .handle('leave_game', ({ connection }) => {
    for (const game of games(connection)) connection.leave(game)
    return connection.join('lobby')
  })
  .handle('game_action', ({ connection, hub, payload }) => {
    if (payload === 'cheat') return connection.disconnect(CloseCode.Forbidden, 'cheating')
    hub.to(...games(connection)).emit('game_action', { player: connection.user, action: payload })
  })
  .handle('chat', z.object({ text: z.string().max(500) }), ({ connection, hub, payload }) => {
    hub.to(...connection.rooms).emit('chat', { player: connection.user, text: payload.text })
  })
  .fallback(({ type }) => {
    throw new HubError('unknown_type', `unknown command: ${type}`)
  })

export const hub = new Hub({
  router,
  // After a final close code (44xx) the client must not reconnect.
  onClose: (connection, { code, reason, clean }) => console.log(connection.user, code, reason, clean),
  onLeave: (left, room) => left.hub.room(room).emit('player_left', { player: left.user, room }),
})

export const app = new Koa()
const play = upgrade(hub, (ctx) => ({ user: String(ctx.query['player_id']), rooms: ['lobby'] }))
app.use((ctx, next) => (ctx.path === '/ws/game' ? play(ctx, next) : next()))

const handle = app.callback()
export const server = createServer((req, res) => void handle(req, res))
attach(server)

const port = Number(process.env['PORT'] ?? 3000)
if (require.main === module) server.listen(port, () => console.log(`ws://localhost:${port}/ws/game?player_id=ada`))
