const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

const NOTHING = '–'
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** A count: 9,999 in full, more than that in short. */
export function count(value) {
  if (!Number.isFinite(value)) return NOTHING
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value)
}

/** A count and what is counted. */
export const numbered = (value, one, several) => `${count(value)} ${value === 1 ? one : several}`

/** A number per second. */
export function rate(value) {
  if (!Number.isFinite(value)) return NOTHING
  if (value !== 0 && value < 10) return value < 0.1 ? '<0.1' : value.toFixed(1)
  return count(value)
}

export function bytes(value) {
  if (!Number.isFinite(value)) return NOTHING
  let unit = 0
  let size = value
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${unit > 0 && size < 10 ? size.toFixed(1) : whole.format(size)} ${UNITS[unit]}`
}

/** Milliseconds of something short. */
export function milliseconds(value) {
  if (!Number.isFinite(value)) return NOTHING
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`
  return `${value < 10 ? value.toFixed(value < 1 ? 2 : 1) : whole.format(value)} ms`
}

/** How long something has lasted: its two largest units. */
export function duration(ms) {
  if (!Number.isFinite(ms)) return NOTHING
  const seconds = Math.max(0, Math.round(ms / 1000))
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([value]) => value > 0)
  if (first === -1) return '0 s'
  const shown = parts.slice(first, first + 2).filter(([value]) => value > 0)
  return shown.map(([value, unit]) => `${value} ${unit}`).join(' ')
}

export const timeOfDay = (time) => clock.format(time)
export const moment = (time) => day.format(time)
