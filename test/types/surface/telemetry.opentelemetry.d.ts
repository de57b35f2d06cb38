import {
    Tracer,
} from '@opentelemetry/api';

interface TraceOptions {
    readonly tracer?: Tracer | undefined;
}

declare function trace(hub: object, { tracer }?: TraceOptions): () => void;

export type {
    TraceOptions,
};

export {
    trace,
};
