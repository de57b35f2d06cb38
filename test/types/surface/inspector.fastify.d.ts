import {
    FastifyInstance,
} from 'fastify';

import {
    Hub,
    HubTypes,
} from '@wshub/core';

import {
    InspectorOptions,
} from './inspector.shared.js';

type InspectorPlugin = (scope: FastifyInstance) => Promise<void>;

declare function inspector<Types extends HubTypes>(hub: Hub<Types>, options?: InspectorOptions<Types>): InspectorPlugin;

export type {
    InspectorPlugin,
};

export {
    InspectorOptions,
    inspector,
};
