export {
    InspectedMessages,
    Inspector,
    InspectorAnswer,
    InspectorOptions,
    InspectorRequest,
    MessageOrigin,
} from './inspector.shared.js';
