import { leaseOpened, leaseRenewed, mayReap, newLease } from '../src/presence/lease-state.js'

const LEASE = 6000

describe('members of dead leases', () => {
  test('a server removes members of dead leases no sooner than a lease after it opened its own', () => {
    const state = newLease()
    leaseOpened(state, 'mine', 1000)
    expect(mayReap(state, { now: 1000 + LEASE - 1, lease: LEASE })).toBe(false)
    expect(mayReap(state, { now: 1000 + LEASE, lease: LEASE })).toBe(true)
  })

  test('a server without a lease removes no members of dead leases', () => {
    expect(mayReap(newLease(), { now: 1e6, lease: LEASE })).toBe(false)
  })

  test('a server whose lease ran out waits again after it opened another one', () => {
    const state = newLease()
    leaseOpened(state, 'first', 0)
    expect(leaseRenewed(state, 'first', ['other'])).toBe('lost')
    expect(mayReap(state, { now: 10 * LEASE, lease: LEASE })).toBe(false)
    leaseOpened(state, 'second', 10 * LEASE)
    expect(mayReap(state, { now: 11 * LEASE - 1, lease: LEASE })).toBe(false)
    expect(mayReap(state, { now: 11 * LEASE, lease: LEASE })).toBe(true)
  })
})

describe('a renewal', () => {
  test('a lease that lived at the last renewal and does not any more counts as dead', () => {
    const state = newLease()
    leaseOpened(state, 'mine', 0)
    expect(leaseRenewed(state, 'mine', ['mine', 'other'])).toBe('kept')
    expect(leaseRenewed(state, 'mine', ['mine'])).toBe('expired')
    expect([...state.dead]).toEqual(['other'])
  })

  test('the answer to the renewal of a former lease changes nothing', () => {
    const state = newLease()
    leaseOpened(state, 'first', 0)
    leaseRenewed(state, 'first', [])
    leaseOpened(state, 'second', 1)
    expect(leaseRenewed(state, 'first', [])).toBe('kept')
    expect(state.id).toBe('second')
  })
})
