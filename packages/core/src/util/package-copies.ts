/** What to do about two copies of this package in one process. */
export const OTHER_COPY =
  'There are two copies of @wshub/core in this process. Install one (npm ls @wshub/core shows them), and load it once in tests (jest.resetModules() loads it again).'

/** The classes that are recognised across copies, by name: a bundler may rename a class. */
type Name = 'Hub' | 'HubError' | 'Router'

const brandOf = (name: Name): symbol => Symbol.for(`@wshub/core.${name}`)

/** Marks a class, so that objects of another copy are recognised. */
export function brand(type: { readonly prototype: object }, name: Name): void {
  // On the prototype, so that it is not visible on the objects.
  Object.defineProperty(type.prototype, brandOf(name), { value: true })
}

/** Whether a value was made by the class of this name, in any copy of this package. */
export function isBranded(value: unknown, name: Name): boolean {
  return typeof value === 'object' && value !== null && brandOf(name) in value
}

/**
 * The error for a value that is not of the class of this name in this copy.
 * @param otherwise the message for a value that is not of that class in any copy
 */
export function notOwn(value: unknown, name: Name, otherwise: string): TypeError {
  return new TypeError(isBranded(value, name) ? `This ${name} is of another copy. ${OTHER_COPY}` : otherwise)
}
