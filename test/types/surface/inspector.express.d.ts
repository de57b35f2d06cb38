import {
    Hub,
    HubTypes,
} from '@wshub/core';

import {
    IncomingMessage,
    ServerResponse,
} from 'node:http';

import {
    InspectorOptions,
} from './inspector.shared.js';

type InspectorMiddleware = (request: IncomingMessage & {
    readonly originalUrl?: string;
}, response: ServerResponse, next: (error?: unknown) => void) => void;

declare function inspector<Types extends HubTypes>(hub: Hub<Types>, options?: InspectorOptions<Types>): InspectorMiddleware;

export type {
    InspectorMiddleware,
};

export {
    InspectorOptions,
    inspector,
};
