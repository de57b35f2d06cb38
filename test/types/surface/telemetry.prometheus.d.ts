import {
    HubHealth,
    HubStats,
    StatsOptions,
} from '@wshub/core';

import {
    Registry,
} from 'prom-client';

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

declare function collect(hub: MeasuredHub, { register }?: CollectOptions): () => void;

export type {
    CollectOptions,
};

export {
    collect,
};
