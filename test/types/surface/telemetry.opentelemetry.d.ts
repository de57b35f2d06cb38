export {
    TraceOptions,
    trace,
} from './telemetry.shared.js';
