/** The middleware of others is no part of what is mutated, and takes longer to load than the tests to run. */
export const plugins = {}
