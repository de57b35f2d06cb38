import { invalidPayload, quote } from '../errors.js'
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

/** The result of a schema for a value. */
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
 * Validates a value.
 * @returns the payload that the schema makes of it, or a promise of it
 * @throws HubError `invalid_payload` with the schema's issues; as a rejection if the schema is asynchronous
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

/** Reads the schema that an app passes. @throws TypeError if it passes neither a schema nor `{ payload: schema }` */
export function schemaOf(type: string, given: unknown): Schema {
  if (isSchema(given)) return given
  const payload = (given as { readonly payload?: unknown } | null | undefined)?.payload
  if (isSchema(payload)) return payload
  throw new TypeError(
    `The payload of ${quote(type)} must be a Standard Schema, such as one of zod or valibot. Write handle(type, schema, handler).`,
  )
}

/** The error for a schema that comes after its handler. */
export function schemaLast(type: string): TypeError {
  return new TypeError(`The schema of ${quote(type)} comes after its handler. Write handle(type, schema, handler).`)
}

// The schemas of arktype are functions.
/** Whether a value is a Standard Schema. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as Partial<Schema>)['~standard']?.validate === 'function'
}
