/** Has no properties. */
const NO_PROPERTIES = Object.freeze({ __proto__: null })

/**
 * The same text, in memory that equal texts share. Many connections hold equal texts, such as the `User-Agent` of one browser
 * and the name of one room. V8 keeps one copy of every text that was looked up as the name of a property, as long as it is
 * referenced.
 */
export function sharedText(text: string): string {
  Reflect.has(NO_PROPERTIES, text)
  return text
}
