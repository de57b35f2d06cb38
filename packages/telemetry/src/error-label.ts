import { ERROR_CODES } from '@wshub/core'

/** The label of an error code. Codes of the app are `other`: an app can make them from what clients send. */
export function errorLabel(code: string): string {
  return Object.hasOwn(ERROR_CODES, code) ? code : 'other'
}
