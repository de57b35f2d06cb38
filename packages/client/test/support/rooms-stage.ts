import { HubError, Router } from '@wshub/core'
import type { Client, ClientOptions, Position, Room } from '../../src/index.js'
import { ClientServer } from './client-server.js'

/** The rooms that clients have asked to join. */
export const joins: string[] = []

const router = new Router().handle('echo', ({ payload }) => payload)

export let stage: ClientServer

/** Starts a server with rooms for each test of the file, and closes it afterwards. */
export function stageWithRooms(identify?: Parameters<typeof ClientServer.open>[1]): void {
  beforeEach(async () => {
    joins.length = 0
    stage = await ClientServer.open({ router }, identify)
    open()
  })

  afterEach(async () => {
    await stage.close()
  })
}

/** Whether a client may join. */
function authorize(_: unknown, { room, payload }: { readonly room: string; readonly payload: unknown }): boolean {
  joins.push(room)
  return payload !== 'let me not in'
}

/** Creates the rooms of the current hub. */
export function open(): void {
  stage.hub.createRoom(/^log.*/, { history: { size: 5 }, authorize })
  stage.hub.createRoom('plain', { authorize })
  stage.hub.createRoom('secret', {
    authorize: () => {
      joins.push('secret')
      throw new HubError('members_only', 'Not you.')
    },
  })
  stage.hub.createRoom('people', { presence: true, authorize })
}

export function join(name: string, options: ClientOptions = {}): { client: Client; room: Room; got: unknown[] } {
  const client = stage.client(options)
  const room = client.room(name)
  const got: unknown[] = []
  room.on('said', (payload) => got.push(payload))
  return { client, room, got }
}

export function say(...payloads: unknown[]): void {
  for (const payload of payloads) stage.hub.room('log').emit('said', payload)
}

/** The position of the room `log`. */
export async function head(): Promise<Position> {
  const { history } = stage.hub.room('log')
  if (!history) throw new Error('The room has no history.')
  return history.position()
}

/** Terminates every connection while the hub keeps running. */
export function cut(): void {
  for (const connection of stage.hub.connections.values()) connection.terminate()
}
