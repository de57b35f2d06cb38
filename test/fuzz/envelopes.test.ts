import fc from 'fast-check'
import { Router } from '@wshub/core'
import { scale } from '../support/scale.js'
import { closeHubServers, HubServer } from '../../packages/core/test/hub-server.js'
import { binaryFrames, type EnvelopePrediction, predictEnvelope } from './envelopes.js'

const RUNS = scale(2000, 60)

afterEach(closeHubServers)

test('binary frames with random envelopes and false lengths are handled, refused or passed on as raw frames, as the oracle predicts', async () => {
  const got: EnvelopePrediction[] = []
  const router = new Router().fallback(
    ({ type, payload, bytes = Buffer.alloc(0) }) => void got.push({ type, payload, bytes }),
  )
  const hubServer = new HubServer({ router, onBinary: (_, raw) => void got.push({ raw }) })
  const frames = fc.array(binaryFrames, { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(frames, async (sent) => {
      const { client } = await hubServer.connect()
      for (const frame of sent) client.send(frame)
      await client.request('hub:ping')
      const predicted = sent.map(predictEnvelope)
      expect(got.splice(0)).toEqual(predicted.filter((one) => !('refused' in one)))
      for (const one of predicted.filter((each) => 'refused' in each)) {
        const { id, payload } = await client.next('error')
        expect([id, payload]).toEqual([one.refused, expect.objectContaining({ code: 'invalid_message' })])
      }
      await client.close()
    }),
    { numRuns: RUNS },
  )
  expect(hubServer.hub.stats().memory.queued).toBe(0)
}, 120_000)
