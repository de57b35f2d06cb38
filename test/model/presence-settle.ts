import { copyOf } from './presence-copy.js'
import { answer, check, receiveEvent, pump, renew, run, subscribe } from './presence-shell.js'
import {
  type Server,
  type Users,
  type World,
  expire,
  hasRevived,
  isOccupied,
  listed,
  truthOf,
} from './presence-world.js'

/** Rounds of renewals and checks after which every list must be correct again. */
const ROUNDS = 4
const MAX_STEPS = 300

/** Whether a server has members and is not yet subscribed for them. */
export function mustSubscribe(server: Server): boolean {
  return isOccupied(server) && !(server.subscribed && server.topic.subscribed)
}

/** Lets everything in transit arrive. @returns whether that comes to an end */
function drain(world: World): boolean {
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    let busy = false
    for (const server of world.servers) {
      if (server.commands.length > 0) run(world, server)
      else if (server.alive && server.replies.length > 0) answer(world, server)
      else if (server.alive && server.link.length > 0) receiveEvent(world, server)
      else if (server.alive && mustSubscribe(server)) subscribe(server)
      else if (!server.alive || !pump(world, server)) continue
      busy = true
    }
    if (!busy) return true
  }
  return false
}

/** Runs some rounds of renewals and checks without faults, as happen in two leases of real time. */
export function settle(world: World): boolean {
  let over = drain(world)
  // Without a fault the lists must be correct without a check.
  if (world.faultless) return over
  // In real time, leases that are not renewed expire meanwhile.
  const renewed = new Set(world.servers.flatMap(({ alive, leases }) => (alive && leases.id ? [leases.id] : [])))
  for (const lease of world.store.leases.keys()) if (!renewed.has(lease)) expire(world, lease)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const server of world.servers) if (server.alive) renew(server)
    over = drain(world) && over
    for (const server of world.servers) if (server.alive) check(world, server)
    over = drain(world) && over
  }
  return over
}

/** The rules that a world breaks once everything in transit has arrived. */
export function violationsOf(world: World): string[] {
  const quiet = world.servers.every(({ commands, replies, link, late }) => {
    return commands.length + replies.length + link.length + late.length === 0
  })
  const revived = hasRevived(world) ? ['a lease that ran out lives again'] : []
  if (!quiet) return revived
  const after = copyOf(world)
  const rules = settle(after) ? revived : ['it never settles']
  const truth = truthOf(after)
  rules.push(...differences(truth, listed(after), LISTED))
  for (const { alive, notified } of after.servers) {
    if (!alive || notified === undefined) continue
    if (typeof notified === 'object') rules.push(...differences(truth, notified, NOTIFIED))
    else if (notified !== truth.size) rules.push('members never learn of the number of users')
  }
  return rules
}

const LISTED = [
  'a user who is here is not listed',
  'a user who is gone is listed',
  'a user is listed with an old state',
]
const NOTIFIED = ['members never learn of a join', 'members never learn of a leave', 'members never learn of a change']

/** The rules that a list breaks: one for missing users, one for users who have left, and one for users with another state. */
function differences(
  truth: Users,
  seen: Users,
  [missing = '', gone = '', different = '']: readonly string[],
): string[] {
  const rules: string[] = []
  if ([...truth.keys()].some((user) => !seen.has(user))) rules.push(missing)
  if ([...seen.keys()].some((user) => !truth.has(user))) rules.push(gone)
  if ([...truth].some(([user, text]) => seen.has(user) && seen.get(user) !== text)) rules.push(different)
  return rules
}
