export { trace, type TraceOptions } from './trace.js'
