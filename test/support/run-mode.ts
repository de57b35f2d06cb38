// Of its own, because programs without a test runner import it.

/** Whether everything runs in full, as in `npm run test:faults`. */
export const isFull = process.env['WSHUB_FAULTS'] === 'full'

/** Whether tests run on every version of each framework that is supported, or on the newest alone. */
export const everyVersion = isFull || process.env['WSHUB_VERSIONS'] === 'every'
