import {
    Connection,
    Hub,
    HubTypes,
} from '@wshub/core';

import {
    IncomingHttpHeaders,
} from 'node:http';

interface InspectedMessages<Types extends HubTypes = HubTypes> {
    readonly last?: number | undefined;
    readonly redact: (text: string, origin: MessageOrigin<Types>) => string | undefined;
}

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

interface InspectorOptions<Types extends HubTypes = HubTypes> {
    readonly data?: ((connection: Connection<Types>) => unknown) | undefined;
    readonly messages?: InspectedMessages<Types> | undefined;
    readonly actions?: boolean | undefined;
}

interface KoaInspectorOptions<Types extends HubTypes = HubTypes> extends InspectorOptions<Types> {
    readonly prefix?: string | undefined;
}

interface MessageOrigin<Types extends HubTypes = HubTypes> {
    readonly direction: 'in' | 'out';
    readonly connection: Connection<Types>;
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
