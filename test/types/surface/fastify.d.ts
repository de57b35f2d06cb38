import {
    AttachOptions,
    DataOf,
    Hub,
    HubTypes,
    PresenceOf,
} from '@wshub/core';

import {
    FastifyInstance,
    FastifyRequest,
    FastifySchema,
    FastifyTypeProvider,
    RawRequestDefaultExpression,
    RawServerDefault,
    RouteGenericInterface,
} from 'fastify';

import {
    IdentityResult,
    KnownIdentity,
    UpgradeParameters,
} from '@wshub/core/adapter';

type Describe<Data, Request = UpgradeRequest, Result extends IdentityResult<Data> = IdentityResult<Data>> = (request: Request) => KnownIdentity<Result>;

type UpgradeHandler = (request: object, reply: object) => Promise<string | undefined>;

type UpgradeRequest<Params = Record<string, string>> = FastifyRequest<{
    Params: Params;
}>;

interface WshubOptions extends Omit<AttachOptions, 'dispatch'> {
    readonly closeHubs?: boolean | undefined;
    readonly within?: number | undefined;
}

declare function isRefresh(request: Pick<FastifyRequest, 'raw'>): boolean;

declare function isUpgrade(request: Pick<FastifyRequest, 'raw'>): boolean;

declare function plugin(fastify: FastifyInstance, options: WshubOptions): Promise<void>;

declare function upgrade<Types extends HubTypes, Request extends Pick<FastifyRequest, 'raw'> = UpgradeRequest, Result extends IdentityResult<DataOf<Types>, PresenceOf<Types>> = IdentityResult<DataOf<Types>, PresenceOf<Types>>>(hub: Hub<Types>, ...parameters: UpgradeParameters<DataOf<Types>, Describe<DataOf<Types>, Request, Result>>): UpgradeHandler;

declare const wshub: typeof plugin & {
    upgrade: typeof upgrade;
    isUpgrade: typeof isUpgrade;
    isRefresh: typeof isRefresh;
};

declare namespace wshub {
    type WshubOptions = WshubOptions;
    type Describe<Data, Request = UpgradeRequest> = Describe<Data, Request>;
    type UpgradeHandler = UpgradeHandler;
    type UpgradeRequest<Params = Record<string, string>> = UpgradeRequest<Params>;
    type SchemaRequest<Provider extends FastifyTypeProvider, Schema extends FastifySchema> = FastifyRequest<RouteGenericInterface, RawServerDefault, RawRequestDefaultExpression, Schema, Provider>;
}

export {
    wshub as default,
};
