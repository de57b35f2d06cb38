import { refusal, WsClient } from '../support/ws-client.js'
import {
  all,
  graphqlOnPath,
  wsOnServer,
  socketIoTimersOver,
  pairsOf,
  socketIoWithoutTimer,
  compatible,
  wsOnPath,
} from './other-listeners.js'
import { listenerSetup, outcomesOf } from './setup.js'

// Which listeners work together on a server without wshub. Listeners that do not cannot be expected to work with it.

afterAll(socketIoTimersOver)

const { startWithoutHub } = listenerSetup()

test('each other listener works alone on a server without a hub', async () => {
  const outcomes = [...all, socketIoWithoutTimer].map(async (one) => [
    one.name,
    ...(await outcomesOf([one], await startWithoutHub([one]))),
  ])
  expect(await Promise.all(outcomes)).toEqual([...all, socketIoWithoutTimer].map(({ name }) => [name, 'hi']))
})

test('two listeners work on one server without a hub, in both orders, if each ignores the upgrades of the other', async () => {
  // `wsOnServer` takes upgrades that another listener has taken. Then ws throws and the process ends.
  const pairs = pairsOf(all.filter((one) => one !== wsOnServer)).flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ])
  const outcomes = pairs.map(async (pair) => {
    const works = (await outcomesOf(pair, await startWithoutHub(pair))).every((said) => said === 'hi')
    return [pair.map(({ name }) => name), works]
  })
  const expected = pairs.map((pair) => [pair.map(({ name }) => name), pair.every((one) => compatible.includes(one))])
  expect(await Promise.all(outcomes)).toEqual(expected)
})

test('the first of two ws servers on { server, path } answers 400 on the path of the second', async () => {
  const port = await startWithoutHub([wsOnPath, graphqlOnPath])
  const { status, body } = await refusal(WsClient.open(`ws://127.0.0.1:${port}/graphql`))
  expect([status, body]).toEqual([400, 'Bad Request'])
})

test('all compatible listeners work together on one server without a hub', async () => {
  expect(await outcomesOf(compatible, await startWithoutHub(compatible))).toEqual(compatible.map(() => 'hi'))
})
