/** The user that the cookie of a request names. */
export function readUser(cookie = '') {
  for (const pair of cookie.split('; ')) if (pair.startsWith('user=')) return pair.slice(5)
  return undefined
}
