import {
    Connection,
    Hub,
    HubTypes,
} from '@wshub/core';

interface InspectedMessages<Types extends HubTypes = HubTypes> {
    readonly last?: number | undefined;
    readonly redact: (text: string, origin: MessageOrigin<Types>) => string | undefined;
}

declare class Inspector<Types extends HubTypes = HubTypes> {
    #private;
    constructor(hub: Hub<Types>, options?: InspectorOptions<Types>);
    answer(request: InspectorRequest): Promise<InspectorAnswer | undefined>;
}

interface InspectorAnswer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Buffer;
}

interface InspectorOptions<Types extends HubTypes = HubTypes> {
    readonly data?: ((connection: Connection<Types>) => unknown) | undefined;
    readonly messages?: InspectedMessages<Types> | undefined;
    readonly actions?: boolean | undefined;
}

interface InspectorRequest {
    readonly method: string;
    readonly path: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

interface MessageOrigin<Types extends HubTypes = HubTypes> {
    readonly direction: 'in' | 'out';
    readonly connection: Connection<Types>;
}

export type {
    InspectedMessages,
    InspectorAnswer,
    InspectorOptions,
    InspectorRequest,
    MessageOrigin,
};

export {
    Inspector,
};
