import { Crowd } from './crowd.js'

const IGNORE = { message() {} }

/**
 * Connections are opened, then every one of them asks for its upgrade (or for a plain page, where the target says so),
 * 64 at a time. All of that is measured; their end is not.
 */
export async function handshakes({ target, measurement, settings: { count, batches, warmBatches } }) {
  const crowd = new Crowd(target, IGNORE)
  const batch = async () => {
    await crowd.connect(count)
    await crowd.enter((index) => `room-${index % 100}`)
  }
  const farewell = async () => {
    await crowd.leave()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  for (let round = 0; round < warmBatches; round += 1) {
    await batch()
    await farewell()
  }
  const sum = { wall: 0, cpu: 0, load: 0, others: 0 }
  for (let round = 0; round < batches; round += 1) {
    measurement.start()
    await batch()
    const { wall, cpu, load, others } = measurement.end()
    sum.wall += wall
    sum.cpu += cpu
    sum.load += load / batches
    sum.others += others / batches
    await farewell()
  }
  return { ...sum, messages: count * batches }
}
