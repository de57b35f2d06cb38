import {
    Hub,
    HubTypes,
} from '@wshub/core';

import {
    IncomingHttpHeaders,
} from 'node:http';

import {
    InspectorOptions,
} from './inspector.js';

interface InspectorContext {
    readonly method: string;
    readonly path: string;
    readonly originalUrl: string;
    readonly headers: IncomingHttpHeaders;
    status: number;
    body: unknown;
    set(headers: {
        [name: string]: string;
    }): void;
}

type InspectorMiddleware = (context: InspectorContext, next: () => Promise<unknown>) => Promise<unknown>;

interface KoaInspectorOptions<Types extends HubTypes = HubTypes> extends InspectorOptions<Types> {
    readonly prefix?: string | undefined;
}

declare function inspector<Types extends HubTypes>(hub: Hub<Types>, { prefix, ...options }?: KoaInspectorOptions<Types>): InspectorMiddleware;

export type {
    InspectorContext,
    InspectorMiddleware,
    KoaInspectorOptions,
};

export {
    inspector,
};
