const TOLERANCE = 0.15

/** Where peers stand to naive ws otherwise than when the goals were set, and why that may be. */
export function compare({ reference, reasons = {}, spinning }, peers) {
  if (!reference || !peers.ws?.median) return []
  const strays = []
  for (const [name, value] of Object.entries(reference)) {
    const found = peers[name]?.median
    if (!found || name === 'ws') continue
    const now = found.cost / peers.ws.median.cost
    const before = value / reference.ws
    const off = now / before - 1
    if (Math.abs(off) <= TOLERANCE) continue
    strays.push({ name, now, before, off, reason: reasons[name] ?? guess([found, peers.ws.median], spinning) })
  }
  return strays
}

function guess(medians, spinning) {
  const most = (key) => Math.max(...medians.map((one) => one[key] ?? 0))
  if (most('others') > 0.05) return `other processes took ${percent(most('others'))} of the machine meanwhile`
  if (most('spread') > TOLERANCE) return `the rounds lie ${percent(most('spread'))} apart: too short, or a busy machine`
  if (!spinning && most('load') > 0.95)
    return 'the load generator was saturated, so the server waited and woke up more often'
  return 'the load generator of the reference was a C++ program; this one is slower, so servers wake up otherwise'
}

function percent(share) {
  return `${Math.round(share * 100)} %`
}
