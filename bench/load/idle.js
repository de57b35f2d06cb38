import { Crowd } from './crowd.js'

/** Connections that do nothing: what each of them weighs, as the slope between two numbers of them. */
export async function idle({ target, ask, settings: { few, many } }) {
  const crowd = new Crowd(target, { message() {} })
  const weigh = async (size) => {
    await crowd.grow(size, (index) => `room-${index % 500}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
    return ask('memory')
  }
  const light = await weigh(few)
  const heavy = await weigh(many)
  const slope = (key) => (heavy[key] - light[key]) / (many - few)
  return { messages: many, memory: slope('rss'), heap: slope('heap') }
}
