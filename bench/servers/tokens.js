/** The values of a stream, without an await between them, as from a list in memory. */
export async function* tokens(count) {
  for (let n = 0; n < count; n += 1) yield { n, text: ' a token of an answer' }
  return { count }
}
