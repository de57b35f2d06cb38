export {
    CollectOptions,
    collect,
} from './telemetry.shared.js';
