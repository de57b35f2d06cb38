import type * as core from '@wshub/core'
import type * as adapter from '@wshub/core/adapter'
import type * as protocol from '@wshub/core/protocol'
import type * as testing from '@wshub/core/testing'
import type * as express from '@wshub/express'
import type * as redis from '@wshub/redis'
import type * as opentelemetry from '@wshub/telemetry/opentelemetry'
import type * as prometheus from '@wshub/telemetry/prometheus'

// @ts-expect-error What the exports map does not name cannot be imported.
import type * as inside from '@wshub/core/dist/index.js'

// Every entry point has declarations.
export type EntryPoints = [
  typeof core,
  typeof adapter,
  typeof protocol,
  typeof testing,
  typeof express,
  typeof redis,
  typeof opentelemetry,
  typeof prometheus,
  typeof inside,
]
