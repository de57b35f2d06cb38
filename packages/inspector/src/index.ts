export { Inspector } from './inspector.js'
export type { InspectorAnswer, InspectorRequest } from './inspector-answer.js'
export type { InspectedMessages, InspectorOptions, MessageOrigin } from './inspector-options.js'
