/** Does nothing: the listener or handler of what needs no answer. */
export function noop(): undefined {}
