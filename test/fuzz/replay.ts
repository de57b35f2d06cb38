import { play } from '../conformance/stream.js'
import { Target } from '../conformance/target.js'
import { hosts } from '../contract/hosts/index.js'
import { predict } from './oracle.js'
import { LIMIT, planOf } from './streams.js'

/**
 * Sends bytes once, and prints the prediction and the differences.
 * @param text the hub and the bytes: `deflate:8180…`
 * @returns whether there was no difference
 */
export async function replay(text: string): Promise<boolean> {
  const [mode = '', hex = ''] = text.split(':')
  if ((mode !== 'plain' && mode !== 'deflate') || !/^(?:[\da-f]{2})*$/i.test(hex))
    throw new RangeError(`--replay takes plain or deflate, a colon and hex digits, not ${JSON.stringify(text)}.`)
  const plan = planOf(mode, Buffer.from(hex, 'hex'))
  const verdict = predict(Buffer.concat(plan.pieces), plan.terms)
  console.log('predicted:', verdict)
  const target = await Target.open(hosts[0] as (typeof hosts)[number], LIMIT)
  const difference = await play(target, plan, verdict.certain ? verdict : undefined)
  await target.close()
  console.log(difference ?? 'the outcome is the predicted one')
  return difference === undefined
}
