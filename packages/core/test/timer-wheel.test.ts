import { TimerWheel } from '../src/lifecycle/timer-wheel.js'
import { until } from '../../../test/support/wait.js'

test('a wheel visits every member, and none twice before the others', async () => {
  const visits = new Map<number, number>()
  let unfair = 0
  const visit = (member: number): void => {
    visits.set(member, (visits.get(member) ?? 0) + 1)
    const counts = [...visits.values()]
    if (Math.max(...counts) - (visits.size < 100 ? 0 : Math.min(...counts)) > 1) unfair += 1
  }
  const rounds = new TimerWheel<number>({ round: 160, visit })
  for (let member = 0; member < 100; member += 1) rounds.add(member)
  await until(() => visits.size === 100 && Math.min(...visits.values()) >= 3)
  expect(unfair).toBe(0)
  for (let member = 0; member < 100; member += 1) rounds.remove(member)
  expect(rounds.size).toBe(0)
})

test('a wheel spreads its members over the round', async () => {
  const visited: number[] = []
  const rounds = new TimerWheel<number>({ round: 320, visit: (member) => void visited.push(member) })
  for (let member = 0; member < 640; member += 1) rounds.add(member)
  await until(() => visited.length >= 640)
  for (let member = 0; member < 640; member += 1) rounds.remove(member)
  // 64 slices of ten: members that came one after the other are visited in different ones.
  const first = visited.slice(0, 10)
  expect(new Set(first.map((member) => member % 64)).size).toBe(1)
})

test('a member that is removed during a visit is not visited again', async () => {
  const visited: string[] = []
  const visit = (member: string): void => {
    visited.push(member)
    rounds.remove(member)
  }
  const rounds = new TimerWheel<string>({ round: 10, visit })
  rounds.add('a')
  rounds.add('b')
  await until(() => rounds.size === 0)
  expect(visited.toSorted()).toEqual(['a', 'b'])
})

test('a wheel that was empty visits the next member', async () => {
  const visited: string[] = []
  const rounds = new TimerWheel<string>({ round: 10, visit: (member) => void visited.push(member) })
  rounds.remove('never added')
  rounds.add('a')
  rounds.remove('a')
  rounds.add('b')
  await until(() => visited.includes('b'))
  rounds.remove('b')
  expect(visited).not.toContain('a')
})
