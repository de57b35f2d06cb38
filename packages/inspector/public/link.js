import { queryOf } from './http.js'

/** The address of a section with its parameters. */
export function linkTo(view, parameters = {}) {
  return `#/${view}${queryOf(parameters)}`
}
