import { ClientError } from './errors.js'
import type { Schema } from './types.js'

/**
 * The output of a schema for a payload, or the payload itself if there is no schema.
 * @throws ClientError `invalid_payload` with the schema's issues, `async_schema` if the schema returns a promise
 */
export function validate(schema: Schema | undefined, payload: unknown): unknown {
  if (!schema) return payload
  const outcome = schema['~standard'].validate(payload)
  if ('then' in outcome) throw new ClientError('async_schema')
  if (outcome.issues) throw new ClientError('invalid_payload', { issues: outcome.issues })
  return outcome.value
}
