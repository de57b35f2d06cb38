import { ERROR_CODES } from '@wshub/core'

/** The label of an error code. Codes of the app become `other`, because an app may make them from data of clients. */
export function errorLabel(code: string): string {
  return Object.hasOwn(ERROR_CODES, code) ? code : 'other'
}
