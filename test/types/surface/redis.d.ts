import {
    Broker,
} from '@wshub/core';

interface RedisBrokerOptions {
    readonly prefix?: string | undefined;
    readonly connect?: 'retry' | 'required' | undefined;
    readonly sharded?: boolean | 'auto' | undefined;
    readonly timeout?: number | undefined;
    readonly lease?: number | undefined;
    readonly maxPending?: number | undefined;
    readonly maxPendingBytes?: number | undefined;
    readonly maxMessageSize?: number | undefined;
}

type RedisSource = {
    readonly url: string;
} | {
    readonly client: object;
};

declare function redisBroker(source: RedisSource, options?: RedisBrokerOptions): Broker;

export type {
    RedisBrokerOptions,
    RedisSource,
};

export {
    redisBroker,
};
