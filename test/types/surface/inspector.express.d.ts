import {
    Connection,
    Hub,
    HubTypes,
} from '@wshub/core';

import {
    IncomingMessage,
    ServerResponse,
} from 'node:http';

interface InspectedMessages<Types extends HubTypes = HubTypes> {
    readonly last?: number | undefined;
    readonly redact: (text: string, origin: MessageOrigin<Types>) => string | undefined;
}

type InspectorMiddleware = (request: IncomingMessage & {
    readonly originalUrl?: string;
}, response: ServerResponse, next: (error?: unknown) => void) => void;

interface InspectorOptions<Types extends HubTypes = HubTypes> {
    readonly data?: ((connection: Connection<Types>) => unknown) | undefined;
    readonly messages?: InspectedMessages<Types> | undefined;
    readonly actions?: boolean | undefined;
}

interface MessageOrigin<Types extends HubTypes = HubTypes> {
    readonly direction: 'in' | 'out';
    readonly connection: Connection<Types>;
}

declare function inspector<Types extends HubTypes>(hub: Hub<Types>, options?: InspectorOptions<Types>): InspectorMiddleware;

export type {
    InspectorMiddleware,
    InspectorOptions,
};

export {
    inspector,
};
