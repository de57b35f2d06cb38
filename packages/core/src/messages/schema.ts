import { invalidPayload } from '../errors.js'
import type { Issue } from '../protocol/index.js'
import { isThenable } from '../util/thenable.js'

/** A schema of any library that follows Standard Schema version 1 (standardschema.dev): zod, valibot, arktype … */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One fault in a value. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a client may send for a schema. */
export type InputOf<Type extends Schema> = NonNullable<Type['~standard']['types']>['input']
/** What a handler gets. */
export type OutputOf<Type extends Schema> = NonNullable<Type['~standard']['types']>['output']

const MAX_ISSUES = 20

/**
 * The payload that a schema makes of a value.
 * @throws HubError `invalid_payload` with the schema's issues
 */
export function validate(schema: Schema, value: unknown): unknown {
  const outcome = schema['~standard'].validate(value)
  return isThenable(outcome) ? Promise.resolve(outcome).then(validPayloadOf) : validPayloadOf(outcome)
}

function validPayloadOf(outcome: SchemaResult<unknown>): unknown {
  if (!outcome.issues) return outcome.value
  const issues = outcome.issues.slice(0, MAX_ISSUES).map(issueOf)
  throw invalidPayload(issues)
}

function issueOf({ message, path }: SchemaIssue): Issue {
  if (!path) return { message }
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part))
  return { message, path: keys.map((key) => (typeof key === 'symbol' ? String(key) : key)) }
}
