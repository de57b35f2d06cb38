import {
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
    ParameterizedContext,
} from 'koa';

type Describe<Data, Params = Record<string, string>, Result extends IdentityResult<Data> = IdentityResult<Data>> = (context: UpgradeContext<Params>) => KnownIdentity<Result>;

type Flat<Type> = {
    [Key in keyof Type]: Type[Key];
};

type Marked<Path extends string, Mark extends string> = Path extends `${string}${Mark}${infer Rest}` ? Param<Rest, NameOf<Rest>> & Marked<Rest, Mark> : unknown;

type NameOf<Rest extends string, Name extends string = ''> = Rest extends `${infer Character}${infer Tail}` ? Character extends '/' | '-' | '.' | ':' | '*' | '?' | '+' | '(' | '{' | '}' | '~' | '@' ? Name : NameOf<Tail, `${Name}${Character}`> : Name;

type Param<Rest extends string, Name extends string> = Rest extends `${Name}?${string}` ? {
    readonly [Key in Name]?: string;
} : {
    readonly [Key in Name]: string;
};

type Parts<Path extends string> = Path extends `${infer Before}{${infer Group}}${infer After}` ? Parts<Before> & Partial<Parts<Group>> & Parts<After> : Marked<Path, ':'> & Marked<Path, '*'>;

type PathParams<Path extends string> = string extends Path ? Record<string, string> : Flat<Parts<Path>>;

type UpgradeContext<Params = Record<string, string>> = ParameterizedContext & {
    params: Params extends string ? PathParams<Params> : Params;
};

type UpgradeMiddleware = (context: object, next?: () => Promise<unknown>) => Promise<void>;

declare function handOver(server: SocketServer, options?: HandOverOptions): UpgradeMiddleware;

declare function isRefresh(context: Pick<ParameterizedContext, 'req'>): boolean;

declare function isUpgrade(context: Pick<ParameterizedContext, 'req'>): boolean;

declare function upgrade<Types extends HubTypes, Params = Record<string, string>, Result extends IdentityResult<DataOf<Types>, PresenceOf<Types>> = IdentityResult<DataOf<Types>, PresenceOf<Types>>>(hub: Hub<Types>, ...parameters: UpgradeParameters<DataOf<Types>, Describe<DataOf<Types>, Params, Result>>): UpgradeMiddleware;

export type {
    Describe,
    UpgradeContext,
    UpgradeMiddleware,
};

export {
    AttachOptions,
    Identity,
    attach,
} from '@wshub/core';

export {
    HandOverOptions,
    UpgradeOptions,
} from '@wshub/core/adapter';

export {
    handOver,
    isRefresh,
    isUpgrade,
    upgrade,
};
