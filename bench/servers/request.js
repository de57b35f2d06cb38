/** The answer to a request in JSON, as a server without a router gives it. */
export function answerRequest(text) {
  const { type, payload, id } = JSON.parse(text)
  switch (type) {
    case 'add':
      return JSON.stringify({ type: 'reply', payload: add(payload), id })
    default:
      return JSON.stringify({ type: 'error', payload: { code: 'unknown_type' }, id })
  }
}

/** The work behind the request. */
export function add({ a, b }) {
  return { sum: a + b }
}
