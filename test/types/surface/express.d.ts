import {
    AnyServer,
    AttachOptions,
    DataOf,
    Hub,
    HubTypes,
    PresenceOf,
} from '@wshub/core';

import {
    HandOverOptions,
    IdentityResult,
    KnownIdentity,
    SocketServer,
    UpgradeParameters,
} from '@wshub/core/adapter';

import {
    Request,
} from 'express';

type Accepted<Params> = string extends keyof Params ? unknown : Params;

type Describe<Data, Params = Record<string, string>, Result extends IdentityResult<Data> = IdentityResult<Data>> = (request: Request<Params> & Named<Params>) => KnownIdentity<Result>;

type Named<Params> = string extends keyof Params ? {
    readonly params: Record<string, string>;
} : unknown;

type UpgradeHandler<Params = unknown> = (request: {
    readonly params: Params;
}, response: object, next: (error?: unknown) => void) => void;

declare function attach(server: AnyServer, options?: AttachOptions): () => void;

declare function handOver(server: SocketServer, options?: HandOverOptions): UpgradeHandler;

declare function upgrade<Types extends HubTypes, Params = Record<string, string>, Result extends IdentityResult<DataOf<Types>, PresenceOf<Types>> = IdentityResult<DataOf<Types>, PresenceOf<Types>>>(hub: Hub<Types>, ...parameters: UpgradeParameters<DataOf<Types>, Describe<DataOf<Types>, Params, Result>>): UpgradeHandler<Accepted<Params>>;

export type {
    Describe,
    UpgradeHandler,
};

export {
    AttachOptions,
    Identity,
} from '@wshub/core';

export {
    HandOverOptions,
    UpgradeOptions,
    isRefresh,
    isUpgrade,
} from '@wshub/core/adapter';

export {
    attach,
    handOver,
    upgrade,
};
