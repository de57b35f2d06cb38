// A separate file, because programs without a test runner import it.

/** Whether tests run in full, as in `npm run test:faults`. */
export const isFull = process.env['WSHUB_FAULTS'] === 'full'

/** Whether tests run on every supported version of each framework, or only on the newest. */
export const everyVersion = isFull || process.env['WSHUB_VERSIONS'] === 'every'
