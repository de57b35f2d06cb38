import { refusal, WsClient } from '../support/ws-client.js'
import { all, graphql, greedy, lastLook, pairsOf, patientSocketIo, peaceful, plain } from './neighbours.js'
import { neighbourSetup, theySay } from './neighbour-setup.js'

// Who can live with whom on a bare server: what does not work without wshub is not for wshub to mend.

afterAll(lastLook)

const { without } = neighbourSetup()

test('each of them works alone', async () => {
  const outcomes = [...all, patientSocketIo].map(async (one) => [
    one.name,
    ...(await theySay([one], await without([one]))),
  ])
  expect(await Promise.all(outcomes)).toEqual([...all, patientSocketIo].map(({ name }) => [name, 'hi']))
})

test('two of them work side by side where neither touches what is not its own, whoever came first', async () => {
  // The greedy one takes what another has taken, and ws throws: there is no process left to ask.
  const pairs = pairsOf(all.filter((one) => one !== greedy)).flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ])
  const outcomes = pairs.map(async (pair) => {
    const works = (await theySay(pair, await without(pair))).every((said) => said === 'hi')
    return [pair.map(({ name }) => name), works]
  })
  const expected = pairs.map((pair) => [pair.map(({ name }) => name), pair.every((one) => peaceful.includes(one))])
  expect(await Promise.all(outcomes)).toEqual(expected)
})

test('of two ws servers on { server, path } the first answers 400 on the path of the second', async () => {
  const port = await without([plain, graphql])
  const { status, body } = await refusal(WsClient.open(`ws://127.0.0.1:${port}/graphql`))
  expect([status, body]).toEqual([400, 'Bad Request'])
})

test('all peaceful ones work together', async () => {
  expect(await theySay(peaceful, await without(peaceful))).toEqual(peaceful.map(() => 'hi'))
})
