'use strict'

// System tests start browsers, proxies, databases or whole programs: `npm run test:system` runs them, and `npm test` the others.

const SYSTEM =
  /\/test\/(browser|conformance-kit|deployment|docs\/start|examples|faults|integrations|other-listeners|runners|scaling|simulator|soak)\//

/** Whether a test file belongs to the system tests. */
exports.isSystemTest = (file) => SYSTEM.test(file)
