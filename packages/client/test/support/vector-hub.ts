import { HubError, type HubOptions, Router, withBytes } from '@wshub/core'

// `require`, because the kit runs it without a build step.
const { vectorRouter } = require('../../../../test/conformance-kit/router.cjs') as {
  readonly vectorRouter: (core: {
    HubError: typeof HubError
    Router: typeof Router
    withBytes: typeof withBytes
  }) => Router
}

/** The hub that the conformance kit drives clients against. It echoes raw frames. */
export const VECTOR_HUB: HubOptions = {
  router: vectorRouter({ HubError, Router, withBytes }),
  onMessage: (connection, data) => connection.send(data),
}
