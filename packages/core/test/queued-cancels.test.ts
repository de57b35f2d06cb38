import type { ReceivedData } from '../src/connection/received-message.js'
import { QueuedCancels } from '../src/messages/queued-cancels.js'
import { turn } from '../../../test/support/wait.js'

// Requests that were cancelled are taken out of the queue of their connection.

/** A connection in whose queue these messages wait. */
function queueing(...messages: ReceivedData[]) {
  const searches: number[] = []
  const remove = (isMeant: (message: ReceivedData) => boolean): number => searches.push(messages.filter(isMeant).length)
  return { connection: { core: { receiver: { queue: { remove } } } }, searches }
}

type Queueing = ReturnType<typeof queueing>['connection']

function cancels() {
  const said: [what: string, connection: Queueing, id: string | number][] = []
  const queued = new QueuedCancels<Queueing>({
    removed: (connection, id) => said.push(['removed', connection, id]),
    missed: (connection, id) => said.push(['missed', connection, id]),
  })
  return { queued, said }
}

const request = (id: string | number): string => JSON.stringify({ type: 'a', id })

test('a queue is searched once in a turn for all requests of its connection that are cancelled', async () => {
  const { queued, said } = cancels()
  const { connection, searches } = queueing(request(1), request('1'), request(3), '{"type":"a"}', Buffer.from('b'))
  for (const id of ['1', 2, 3]) queued.cancel(connection, id)
  expect(said).toEqual([])
  await turn()
  expect(searches).toEqual([2])
  expect(said).toEqual([
    ['removed', connection, '1'],
    ['removed', connection, 3],
    ['missed', connection, 2],
  ])
})

test('a queue is searched again in a later turn, for the requests that are cancelled then', async () => {
  const { queued, said } = cancels()
  const { connection, searches } = queueing(request(1), request(2))
  for (const id of [1, 2]) {
    queued.cancel(connection, id)
    await turn()
  }
  expect(searches).toEqual([1, 1])
  expect(said.map(([what, , id]) => [what, id])).toEqual([
    ['removed', 1],
    ['removed', 2],
  ])
})

test('each queue is searched for the requests of its own connection', async () => {
  const { queued, said } = cancels()
  const [one, other] = [queueing(request(1)), queueing(request(1), request(2))]
  queued.cancel(one.connection, 1)
  queued.cancel(other.connection, 2)
  await turn()
  expect(said).toEqual([
    ['removed', one.connection, 1],
    ['removed', other.connection, 2],
  ])
})
