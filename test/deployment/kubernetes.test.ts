import { fencesOf } from '../docs/blocks.js'

// The times of docs/deployment/kubernetes.md depend on each other.

const [manifest, program] = fencesOf('docs/deployment/kubernetes.md').map(({ code }) => code)

/** A number of the page, in the unit that it is written in. */
function numberOf(name: string, code = ''): number {
  const [, value = ''] = new RegExp(`${name}: ([\\d_]+)`).exec(code) ?? []
  return Number(value.replaceAll('_', '')) || NaN
}

test('the grace period of the pod is longer than the notice and the drain', () => {
  const ms = numberOf('notice', program) + numberOf('within', program)
  expect(numberOf('terminationGracePeriodSeconds', manifest) * 1000).toBeGreaterThan(ms)
})

test('the notice is longer than the readiness probe takes to fail', () => {
  const probe = manifest?.slice(manifest.indexOf('readinessProbe'), manifest.indexOf('livenessProbe'))
  const seconds = numberOf('periodSeconds', probe) * numberOf('failureThreshold', probe)
  expect(numberOf('notice', program)).toBeGreaterThan(seconds * 1000)
})
