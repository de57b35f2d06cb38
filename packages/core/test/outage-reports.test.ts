import { HubError } from '../src/index.js'
import { OutageReports } from '../src/cluster/outage-reports.js'

const down = new HubError('broker_down', 'down')
const late = new HubError('broker_timeout', 'late')
const full = new HubError('broker_full', 'full')

describe('OutageReports', () => {
  test('an outage is news once, whether the broker is gone or silent', () => {
    const reports = new OutageReports()
    const seen = [down, late, down].map((error, at) => reports.isNews(error, at * 900))
    expect(seen).toEqual([true, false, false])
  })

  test('another outage is news after the broker worked, and after a second without a failure', () => {
    const reports = new OutageReports()
    expect(reports.isNews(down, 0)).toBe(true)
    reports.over()
    expect(reports.isNews(down, 10)).toBe(true)
    expect(reports.isNews(down, 1010)).toBe(true)
  })

  test('a refusal is news beside an outage, and once while it comes again within a minute', () => {
    const reports = new OutageReports()
    expect(reports.isNews(down, 0)).toBe(true)
    expect([0, 50_000, 100_000, 160_000].map((now) => reports.isNews(full, now))).toEqual([true, false, false, true])
  })

  test('failures of other kinds are always news', () => {
    const reports = new OutageReports()
    const others = [new Error('x'), new HubError('not_kept'), undefined, null, 'text']
    expect([...others, ...others].map((error) => reports.isNews(error, 0))).not.toContain(false)
  })
})
