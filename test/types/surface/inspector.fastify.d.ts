import {
    Connection,
    Hub,
    HubTypes,
} from '@wshub/core';

import {
    FastifyInstance,
} from 'fastify';

interface InspectedMessages<Types extends HubTypes = HubTypes> {
    readonly last?: number | undefined;
    readonly redact: (text: string, origin: MessageOrigin<Types>) => string | undefined;
}

interface InspectorOptions<Types extends HubTypes = HubTypes> {
    readonly data?: ((connection: Connection<Types>) => unknown) | undefined;
    readonly messages?: InspectedMessages<Types> | undefined;
    readonly actions?: boolean | undefined;
}

type InspectorPlugin = (scope: FastifyInstance) => Promise<void>;

interface MessageOrigin<Types extends HubTypes = HubTypes> {
    readonly direction: 'in' | 'out';
    readonly connection: Connection<Types>;
}

declare function inspector<Types extends HubTypes>(hub: Hub<Types>, options?: InspectorOptions<Types>): InspectorPlugin;

export type {
    InspectorOptions,
    InspectorPlugin,
};

export {
    inspector,
};
