import {
    HubHealth,
    HubStats,
    StatsOptions,
} from '@wshub/core';

import {
    Registry,
} from 'prom-client';

import {
    Tracer,
} from '@opentelemetry/api';

interface CollectOptions {
    readonly register?: Registry | undefined;
}

interface MeasuredHub {
    readonly name: string;
    stats(options: StatsOptions & {
        readonly cluster?: false;
    }): HubStats;
    health(): HubHealth;
}

interface TraceOptions {
    readonly tracer?: Tracer | undefined;
}

declare function collect(hub: MeasuredHub, { register }?: CollectOptions): () => void;

declare function trace(hub: object, { tracer }?: TraceOptions): () => void;

export type {
    CollectOptions,
    TraceOptions,
};

export {
    collect,
    trace,
};
