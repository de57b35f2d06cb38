import { timers } from '../../../test/support/process.js'
import { TimerWheel } from '../src/lifecycle/timer-wheel.js'
import { until } from './house.js'

test('everybody is visited, nobody twice before the others, and one timer does it', async () => {
  const visits = new Map<number, number>()
  const before = timers()
  let unfair = 0
  const rounds = new TimerWheel<number>(160, (member) => {
    visits.set(member, (visits.get(member) ?? 0) + 1)
    const counts = [...visits.values()]
    if (Math.max(...counts) - (visits.size < 100 ? 0 : Math.min(...counts)) > 1) unfair += 1
  })
  for (let member = 0; member < 100; member += 1) rounds.add(member)
  expect(timers() - before).toBe(1)
  await until(() => visits.size === 100 && Math.min(...visits.values()) >= 3)
  expect(unfair).toBe(0)
  const running = timers()
  for (let member = 0; member < 100; member += 1) rounds.remove(member)
  expect([rounds.size, timers() - running]).toEqual([0, -1])
})

test('members are spread over the interval: a stretch of it visits its share', async () => {
  const visited: number[] = []
  const rounds = new TimerWheel<number>(320, (member) => void visited.push(member))
  for (let member = 0; member < 640; member += 1) rounds.add(member)
  await until(() => visited.length >= 640)
  for (let member = 0; member < 640; member += 1) rounds.remove(member)
  // 64 slices of ten: members that came one after the other are visited in different ones.
  const first = visited.slice(0, 10)
  expect(new Set(first.map((member) => member % 64)).size).toBe(1)
})

test('who leaves during a visit is not visited again, and the last one takes the timer along', async () => {
  const visited: string[] = []
  const rounds = new TimerWheel<string>(10, (member) => {
    visited.push(member)
    rounds.remove(member)
  })
  rounds.add('a')
  rounds.add('b')
  await until(() => rounds.size === 0)
  expect(visited.toSorted()).toEqual(['a', 'b'])
  rounds.remove('never there')
  const before = timers()
  rounds.add('c')
  rounds.remove('c')
  expect(timers()).toBe(before)
  rounds.add('c')
  await until(() => rounds.size === 0)
  expect(visited).toContain('c')
})
