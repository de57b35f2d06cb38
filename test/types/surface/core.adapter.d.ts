import {
    Duplex,
} from 'node:stream';

import {
    Http2SecureServer,
    Http2Server,
} from 'node:http2';

import {
    IncomingMessage,
    Server,
    ServerResponse,
} from 'node:http';

declare class AccessPolicy {
    #private;
    constructor({ origins, hosts }: AccessPolicyOptions);
    get open(): boolean;
    opens(route: OriginList | undefined): boolean;
    preflight(request: IncomingMessage, asked: RequestTarget): PolicyRefusal | undefined;
    check(request: IncomingMessage, asked: RequestTarget, route: OriginList | undefined): PolicyRefusal | undefined;
    allows(request: IncomingMessage, asked: RequestTarget): boolean;
}

interface AccessPolicyOptions {
    readonly origins?: Origins | undefined;
    readonly hosts?: readonly string[] | undefined;
}

interface AdapterOptions {
    readonly responsePrototype?: (() => unknown) | undefined;
    readonly requestPrototype?: (() => unknown) | undefined;
    readonly policies?: (() => readonly AccessPolicy[]) | undefined;
}

type AnyServer = Server | Http2SecureServer | Http2Server;

interface AttachOptions {
    readonly claims?: ((request: IncomingMessage) => boolean) | undefined;
    readonly dispatch?: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined;
    readonly origins?: Origins | undefined;
    readonly hosts?: readonly string[] | undefined;
    readonly refusals?: 'http' | 'close' | undefined;
    readonly handshakeTimeout?: number | undefined;
    readonly bearerProtocol?: boolean | undefined;
}

type Describer = () => unknown;

declare class HandOver {
    #private;
    constructor(server: SocketServer, options?: HandOverOptions);
    admit(request: IncomingMessage, { host, secure, address, policy }: RequestInfo): HttpAnswer;
}

interface HandOverOptions {
    readonly origins?: Origins | undefined;
    readonly maxConnections?: number | undefined;
    readonly maxConnectionsPerAddress?: number | undefined;
}

type HeldData<Data> = undefined extends Data ? unknown : {
    readonly data: Data;
};

interface HttpAnswer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly sent?: boolean;
}

interface HttpRefusal {
    readonly status: number;
    readonly message: string;
    readonly headers?: Readonly<Record<string, string>>;
}

interface Identity<Data = unknown> {
    readonly user?: string | undefined;
    readonly data?: Data | undefined;
    readonly rooms?: readonly string[] | undefined;
    readonly expiresAt?: number | Date | undefined;
    readonly session?: string | undefined;
    readonly presence?: string | undefined;
}

type IdentityFor<Data = unknown, State = unknown> = Omit<Identity<Data>, 'presence'> & HeldData<Data> & {
    readonly presence?: State | undefined;
};

type IdentityResult<Data = unknown, State = unknown> = IdentityFor<Data, State> | Promise<IdentityFor<Data, State>>;

type KnownIdentity<Result> = Result & ([
    UnknownKeys<Result>
] extends [
    never
] ? unknown : UnknownProperty<UnknownKeys<Result>>);

declare class OriginList {
    #private;
    readonly any: boolean;
    constructor(origins: Origins);
    includes(page: PageOrigin | undefined): boolean;
}

type Origins = '*' | readonly string[];

interface PageOrigin {
    readonly scheme: string;
    readonly host: string;
}

interface PolicyRefusal {
    readonly code: 'foreign_origin' | 'foreign_host';
    readonly refusal: HttpRefusal;
}

type Protocols = readonly string[] | SelectProtocol;

interface RequestInfo {
    readonly host: string | undefined;
    readonly address: string | undefined;
    readonly secure: boolean;
    readonly policy?: AccessPolicy | undefined;
}

interface RequestTarget {
    readonly host: string;
    readonly secure: boolean;
}

type SelectProtocol = (offered: readonly string[], request: IncomingMessage) => string | undefined;

interface SocketServer {
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (client: object, request: IncomingMessage) => void): void;
    on(event: 'headers', listener: (lines: string[], request: IncomingMessage) => void): unknown;
    emit(event: string, ...args: unknown[]): boolean;
}

type UnknownKeys<Result> = Result extends unknown ? Exclude<keyof Awaited<Result>, keyof Identity> : never;

interface UnknownProperty<Name> {
    readonly 'describe() returns an unknown property': Name;
}

interface UpgradeArguments {
    readonly request: IncomingMessage;
    readonly socket: Duplex;
    readonly head: Buffer;
}

interface UpgradeHub<Data> {
    connection(id: string): {
        readonly data: Data;
    } | undefined;
}

interface UpgradeOptions {
    readonly protocols?: Protocols | undefined;
    readonly origins?: Origins | undefined;
}

type UpgradeParameters<Data, Describe> = undefined extends Data ? [
    describe?: Describe,
    options?: UpgradeOptions
] : [
    describe: Describe,
    options?: UpgradeOptions
];

declare class Upgrader<Data> {
    #private;
    constructor(hub: UpgradeHub<Data>, options?: UpgradeOptions);
    admit(request: IncomingMessage, info: RequestInfo, describe: Describer): Promise<HttpAnswer>;
}

declare function attachAdapter(server: AnyServer, options: AttachOptions | undefined, adapter: AdapterOptions): () => void;

declare function isRefresh(request: IncomingMessage): boolean;

declare function isUpgrade(request: IncomingMessage): boolean;

declare function releaseUpgrade(request: IncomingMessage): UpgradeArguments | undefined;

export type {
    AccessPolicyOptions,
    AdapterOptions,
    HandOverOptions,
    HttpAnswer,
    HttpRefusal,
    IdentityResult,
    KnownIdentity,
    PolicyRefusal,
    RequestInfo,
    SocketServer,
    UpgradeArguments,
    UpgradeOptions,
    UpgradeParameters,
};

export {
    AccessPolicy,
    HandOver,
    Upgrader,
    attachAdapter,
    isRefresh,
    isUpgrade,
    releaseUpgrade,
};
