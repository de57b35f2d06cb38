import { timingSafeEqual } from 'node:crypto'
import basicAuth from '@fastify/basic-auth'
import { type Connection, Hub } from '@wshub/core'
import wshub, { upgrade } from '@wshub/fastify'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ChargePoint, OcppError } from './ocpp-messages.js'

// The central system of OCPP 1.6 for charge points, on a route of a Fastify app: ws://localhost:3000/ocpp/CP-1

const boot = z.object({ chargePointVendor: z.string().max(20), chargePointModel: z.string().max(20) })
const authorize = z.object({ idTag: z.string().max(20) })

/** @throws OcppError if the schema refuses the payload */
function valid<Output>(schema: z.ZodType<Output>, payload: unknown): Output {
  const { success, data, error } = schema.safeParse(payload)
  if (!success) throw new OcppError('FormationViolation', error.issues[0]?.message ?? '')
  return data
}

/** @param tags the drivers that may charge */
function answererOf(tags: ReadonlySet<string>) {
  return (action: string, payload: unknown): object => {
    const currentTime = new Date().toISOString()
    switch (action) {
      case 'BootNotification':
        valid(boot, payload)
        return { status: 'Accepted', currentTime, interval: 300 }
      case 'Heartbeat':
        return { currentTime }
      case 'StatusNotification':
        return {}
      case 'Authorize':
        return { idTagInfo: { status: tags.has(valid(authorize, payload).idTag) ? 'Accepted' : 'Invalid' } }
      default:
        throw new OcppError('NotImplemented', `${action} is not implemented`)
    }
  }
}

/** @param connected the charge points that are connected, by their identities */
export function createHub(connected: Map<string, ChargePoint>, tags: ReadonlySet<string>): Hub {
  const points = new WeakMap<Connection, ChargePoint>()
  return new Hub({
    onOpen(connection) {
      // As OCPP-J has it: a client that offers no subprotocol of the server is accepted, and closed.
      if (!connection.handshake.protocol) return connection.close(1002, 'ocpp1.6 is needed')
      const { user = '' } = connection
      // A charge point that lost its network reconnects before the server detects the loss.
      connection.hub.user(user).except(connection).disconnect(4409, 'connected again')
      const point = new ChargePoint(connection, answererOf(tags))
      points.set(connection, point)
      connected.set(user, point)
    },
    // It is not awaited: an answer to a call of the server must not wait for a call of the charge point.
    onText: (connection, text) => void points.get(connection)?.receive(text),
    onClose(connection) {
      const { user = '' } = connection
      if (connected.get(user) === points.get(connection)) connected.delete(user)
    },
  })
}

type OfIdentity = FastifyRequest<{ Params: { identity: string } }>

/** @param passwords those of the charge points, by their identities @param tags the drivers that may charge */
export async function serve(
  passwords: ReadonlyMap<string, string>,
  tags: ReadonlySet<string>,
): Promise<FastifyInstance> {
  const connected = new Map<string, ChargePoint>()
  const app = Fastify()
  await app.register(wshub)
  await app.register(basicAuth, {
    authenticate: true,
    validate: async (identity, password, request) => {
      const known = Buffer.from(passwords.get(identity) ?? '')
      const isOwn = (request as OfIdentity).params.identity === identity
      const given = Buffer.from(password)
      if (!isOwn || known.length !== given.length || !timingSafeEqual(known, given)) throw new Error('wrong password')
    },
  })

  app.get(
    '/ocpp/:identity',
    { websocket: true, onRequest: app.basicAuth },
    upgrade(createHub(connected, tags), ({ params }: OfIdentity) => ({ user: params.identity }), {
      protocols: ['ocpp1.6'],
    }),
  )

  // The app calls a charge point. Put the auth of your operators before it.
  app.post('/charge-points/:identity/start', async ({ params, query }, reply) => {
    const point = connected.get((params as { identity: string }).identity)
    if (!point) return reply.code(404).send({ error: 'not connected' })
    const { idTag } = query as { idTag: string }
    return point.call('RemoteStartTransaction', { connectorId: 1, idTag })
  })
  return app
}
