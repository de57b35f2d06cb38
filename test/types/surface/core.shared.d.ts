import {
    Duplex,
} from 'node:stream';

import {
    EventEmitter,
} from 'node:events';

import {
    Http2SecureServer,
    Http2Server,
} from 'node:http2';

import {
    IncomingHttpHeaders,
    IncomingMessage,
    RequestListener,
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

interface AdapterApp extends AdapterScope {
    readonly attach: AttachOptions;
    readonly trustProxy: boolean;
    readonly around: ((next: () => unknown) => unknown) | undefined;
    onError(error: unknown): AdapterReply;
    notFound(): AdapterReply;
}

type AdapterCapability = 'async-context' | 'detach' | 'hand-over' | 'proxy' | 'scopes';

interface AdapterOptions {
    readonly responsePrototype?: (() => unknown) | undefined;
    readonly requestPrototype?: (() => unknown) | undefined;
    readonly policies?: (() => readonly AccessPolicy[]) | undefined;
}

interface AdapterReply {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

interface AdapterRequest {
    readonly request: IncomingMessage;
    readonly params: Readonly<Record<string, string | undefined>>;
    readonly state: Record<string, unknown>;
    readonly isUpgrade: boolean;
}

interface AdapterRoute {
    readonly path: string;
    readonly steps: readonly AdapterStep[];
    readonly upgrade?: AdapterUpgrade;
    readonly handOver?: {
        readonly server: SocketServer;
        readonly options?: HandOverOptions;
    };
}

interface AdapterScope {
    readonly prefix: string;
    readonly steps: readonly AdapterStep[];
    readonly routes: readonly AdapterRoute[];
    readonly scopes: readonly AdapterScope[];
}

interface AdapterServer {
    readonly server: Server;
    detach?(): void;
    close?(): unknown;
}

type AdapterStep = (request: AdapterRequest, append: AppendHeader) => AdapterReply | void | Promise<AdapterReply | void>;

interface AdapterSuiteOptions {
    start(app: AdapterApp): AdapterServer | Promise<AdapterServer>;
    readonly runner?: SuiteRunner | undefined;
    readonly lacks?: readonly AdapterCapability[] | undefined;
    readonly timeout?: number | undefined;
}

interface AdapterUpgrade {
    readonly hub: Hub;
    readonly describe?: (request: AdapterRequest) => IdentityFor | Promise<IdentityFor>;
    readonly options?: UpgradeOptions;
}

interface AddedMember extends PresenceMember {
    readonly age: number;
}

type AnyAsUnknown<Result> = 0 extends 1 & Result ? unknown : Result;

type AnyFunction = (...args: never) => unknown;

type AnyServer = Server | Http2SecureServer | Http2Server;

type AppendArguments<Events, Type extends keyof Events> = Arguments<Events[Type], undefined>;

interface AppendFailure extends Error {
    readonly kept?: false;
}

type AppendHeader = (name: string, value: string) => void;

interface AppendOptions extends HistoryWindow {
    readonly known: Position;
}

type Arguments<Payload, Options> = 0 extends 1 & Payload ? [
    payload?: Payload,
    options?: Options
] : [
    Payload
] extends [
    WithBytes<infer Beside>
] ? [
    payload: Beside,
    options: NeedsBytes<Options>
] : undefined extends Payload ? [
    payload?: Payload,
    options?: Options
] : [
    payload: Payload,
    options?: Options
];

interface Ask {
    readonly payload?: unknown;
    readonly reply?: unknown;
}

type AskArguments<Asks, Type extends keyof Asks, Options = RequestOptions> = Arguments<PayloadOfAsk<Asks[Type]>, Options>;

interface AskOptions extends RequestOptions {
    readonly bytes?: Uint8Array | undefined;
}

type AsksInJson<Asks> = {
    [Type in keyof Asks]: {
        readonly payload: WireValue<PayloadOfAsk<Asks[Type]>>;
        readonly reply: Asks[Type] extends {
            readonly reply: infer Reply;
        } ? Reply : unknown;
    };
};

type AsksOf<Types extends HubTypes> = Types extends {
    readonly asks: infer Asks extends object;
} ? Asks : Record<string, {
    readonly payload: unknown;
    readonly reply: unknown;
}>;

interface AttachOptions {
    readonly claims?: ((request: IncomingMessage) => boolean) | undefined;
    readonly dispatch?: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined;
    readonly origins?: Origins | undefined;
    readonly hosts?: readonly string[] | undefined;
    readonly refusals?: 'http' | 'close' | undefined;
    readonly handshakeTimeout?: number | undefined;
    readonly bearerProtocol?: boolean | undefined;
}

declare abstract class Audience<Types extends HubTypes = HubTypes> {
    send(data: string | Uint8Array): void;
    json(value: unknown): void;
    emit<Type extends NameIn<EventsOf<Types>>>(type: Type, ...[payload, options]: EventArguments<EventsOf<Types>, Type>): void;
    disconnect(code?: number, reason?: string): void;
    join(rooms: string | readonly string[]): void;
    leave(rooms: string | readonly string[]): void;
    request<Type extends NameIn<AsksOf<Types>>>(type: Type, ...[payload, options]: AskArguments<AsksOf<Types>, Type>): Promise<Replies<ReplyTo<AsksOf<Types>, Type>>>;
    members(): Connection<Types>[];
    except(...exceptions: Exception[]): Audience<Types>;
    toJSON(): Summary;
}

type Authorize<Member, Match> = (connection: Member, query: JoinQuery<Match>) => boolean | Promise<boolean>;

interface BinaryEnvelope<Bytes extends Uint8Array = Uint8Array> {
    readonly text: string;
    readonly bytes: Bytes;
}

interface Breakdown {
    readonly refused: Readonly<Record<string, number>>;
    readonly rejected: Readonly<Record<string, number>>;
    readonly closed: Readonly<Record<string, number>>;
}

interface Broker {
    connect(deliver: Deliver, events: BrokerEvents): void | Promise<void>;
    subscribe(topic: string): void | Promise<void>;
    unsubscribe(topic: string): void | Promise<void>;
    publish(topic: string, bytes: Uint8Array): void | number | Promise<void | number>;
    status?(): BrokerStatus;
    close(): void | Promise<void>;
    readonly history?: BrokerHistory | undefined;
    readonly presence?: BrokerPresence | undefined;
}

type BrokerCapability = 'history' | 'presence' | 'crash' | 'outage' | 'junk' | 'rewind' | 'limit';

interface BrokerEventOf<Hub> {
    readonly hub: Hub;
    readonly state: 'connected' | 'down' | 'restored' | 'failed';
}

interface BrokerEvents {
    failed(error: unknown): void;
    warned?(error: unknown): void;
    discarded(): void;
    restored(): void;
    restarted(topic: string, position: Position): void;
    presence(topic: string, event: PresenceEvent): void;
}

interface BrokerHistory {
    append(topic: string, bytes: Uint8Array, options: AppendOptions): Position | Promise<Position>;
    since(topic: string, from: Position | number, options: SinceOptions): Replay | Promise<Replay>;
    restart(topic: string, expected: string, window: HistoryWindow): Position | Promise<Position>;
    heads(topics: readonly string[]): readonly Position[] | Promise<readonly Position[]>;
}

interface BrokerPresence {
    readonly lease: number;
    open(lease: string): void | Promise<void>;
    renew(lease: string): readonly string[] | Promise<readonly string[]>;
    release(lease: string): void | Promise<void>;
    living(): readonly string[] | Promise<readonly string[]>;
    sync(topic: string, change: PresenceSync): boolean | Promise<boolean>;
    list(topic: string): Iterable<PresencePage> | AsyncIterable<PresencePage>;
    check(topics: readonly string[], keep: boolean): readonly PresenceHead[] | Promise<readonly PresenceHead[]>;
    count?(topic: string): number | Promise<number>;
}

interface BrokerStage {
    broker(): Broker;
    crash?(broker: Broker): void | Promise<void>;
    outage?(): void | Promise<void>;
    restore?(): void | Promise<void>;
    junk?(topic: string, bytes: Uint8Array): void | Promise<void>;
    save?(): Rewind | Promise<Rewind>;
    readonly limit?: number | undefined;
    close?(): void | Promise<void>;
}

interface BrokerStats extends BrokerStatus {
    readonly restored: number;
}

interface BrokerStatus {
    readonly state: 'connecting' | 'connected' | 'down';
    readonly since: number;
}

interface BrokerSuiteOptions {
    open(): BrokerStage | Promise<BrokerStage>;
    readonly runner?: SuiteRunner | undefined;
    readonly lacks?: readonly BrokerCapability[] | undefined;
    readonly timeout?: number | undefined;
}

type CallDescribe = () => unknown;

interface CancelPayload {
    readonly id: string | number;
}

declare const CloseCode: {
    readonly Normal: 1000;
    readonly GoingAway: 1001;
    readonly ProtocolError: 1002;
    readonly NoStatus: 1005;
    readonly Abnormal: 1006;
    readonly InvalidPayload: 1007;
    readonly PolicyViolation: 1008;
    readonly MessageTooBig: 1009;
    readonly InternalError: 1011;
    readonly TryAgainLater: 1013;
    readonly BadRequest: 4400;
    readonly Unauthorized: 4401;
    readonly Forbidden: 4403;
    readonly NotFound: 4404;
    readonly Timeout: 4408;
    readonly Replaced: 4409;
    readonly TooEarly: 4425;
    readonly TooMany: 4429;
};

type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

interface CloseOptions {
    readonly within?: number | undefined;
    readonly notice?: number | undefined;
}

interface ClosedEventOf<Connection> {
    readonly connection: Connection;
    readonly closure: Closure;
}

interface Closure {
    readonly code: number;
    readonly reason: string;
    readonly clean: boolean;
}

interface ClusterStats extends HubStats {
    readonly partial: boolean;
    readonly unanswered: readonly string[];
    readonly outdated: readonly string[];
    readonly servers: readonly HubStats[];
}

interface Compression {
    readonly threshold: number;
    readonly level: number;
}

declare abstract class Confidential<Data> {
    #private;
    constructor({ session, data }: Identity<Data>);
    protected replace({ session, data }: Identity<Data>): void;
    get session(): string | undefined;
    get data(): Data;
    set data(data: Data);
}

interface ConnectOptions {
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly protocols?: readonly string[] | undefined;
    readonly timeout?: number | undefined;
}

declare class Connection<Types extends HubTypes = HubTypes> extends RoomNames<DataOf<Types>> {
    #private;
    protected readonly types?: Types;
    readonly id: string;
    readonly user: string | undefined;
    handshake: Handshake;
    get hub(): Hub<Types>;
    get state(): 'open' | 'closing' | 'closed';
    get bufferedAmount(): number;
    get drained(): Promise<void>;
    get latency(): number | undefined;
    get closed(): Promise<Closure>;
    get signal(): AbortSignal;
    send(data: string | Uint8Array): void;
    json(value: unknown): void;
    emit<Type extends NameIn<EventsOf<Types>>>(type: Type, ...rest: EventArguments<EventsOf<Types>, Type>): void;
    join(rooms: string | readonly string[]): Promise<void>;
    leave(rooms: string | readonly string[]): void;
    setPresence(state: PresenceOf<Types> | undefined): void;
    request<Type extends NameIn<AsksOf<Types>>>(type: Type, ...[payload, options]: AskArguments<AsksOf<Types>, Type, AskOptions>): Promise<ReplyTo<AsksOf<Types>, Type>>;
    ping(): Promise<number>;
    messages(): AsyncIterableIterator<string | Buffer>;
    except(...exceptions: Exception[]): Audience<Types>;
    members(): Connection<Types>[];
    close(code?: number, reason?: string): void;
    disconnect(code?: number, reason?: string): void;
    terminate(): void;
    toJSON(): Summary;
}

interface ConnectionInfo {
    readonly id: string;
    readonly user?: string;
    readonly address: string;
    readonly since: number;
    readonly rooms: readonly string[];
    readonly omittedRooms?: number;
    readonly bufferedAmount: number;
    readonly latency?: number;
    readonly server: string;
}

interface ConnectionPage {
    readonly connections: readonly ConnectionInfo[];
    readonly unanswered: readonly string[];
    readonly complete: boolean;
    readonly cursor?: string;
}

interface Context<Payload = unknown, Types extends HubTypes = HubTypes> {
    readonly connection: Connection<Types>;
    readonly hub: Hub<Types>;
    readonly type: string;
    payload: Payload;
    readonly bytes: Buffer | undefined;
    readonly id: string | number | undefined;
    readonly key: string | undefined;
    readonly signal: AbortSignal;
    reply: unknown;
}

interface Counters {
    opened: number;
    received: number;
    dropped: number;
    volatileDropped: number;
    slow: number;
    overBudget: number;
    failed: number;
    unsent: number;
    discarded: number;
    gaps: number;
}

declare const DEFAULT_LIMITS: {
    readonly maxMessageSize: number;
    readonly maxBufferedBytes: number;
    readonly slowConsumer: "close";
    readonly maxConnectionBytes: number;
    readonly maxHubBytes: number;
    readonly maxConnections: number;
    readonly maxConnectionsPerUser: number;
    readonly maxConnectionsPerAddress: number;
    readonly maxRoomsPerConnection: 128;
    readonly maxRoomNameLength: 200;
    readonly messageRate: undefined;
    readonly concurrency: 1;
    readonly maxStreams: 16;
    readonly writeTimeout: 10000;
    readonly openTimeout: 10000;
    readonly handlerTimeout: number;
    readonly authorizeTimeout: 10000;
    readonly idleTimeout: number;
    readonly closeTimeout: 10000;
};

declare const DURATION_BOUNDS_MS: readonly number[];

type DataOf<Types extends HubTypes> = Types extends {
    readonly data: infer Data;
} ? Data : unknown;

type Deliver = (topic: string, bytes: Uint8Array, link?: LinkPosition) => void;

interface DiagnosticsEvents {
    readonly 'wshub:connection:open': OpenedEventOf<Connection>;
    readonly 'wshub:connection:close': ClosedEventOf<Connection>;
    readonly 'wshub:join': MembershipEventOf<Connection>;
    readonly 'wshub:leave': MembershipEventOf<Connection>;
    readonly 'wshub:drop': DroppedEventOf<Connection>;
    readonly 'wshub:broker': BrokerEventOf<Hub>;
}

interface DiagnosticsTraces {
    readonly 'wshub:handshake': HandshakeTraceOf<Hub>;
    readonly 'wshub:message': MessageTraceOf<Connection>;
    readonly 'wshub:refresh': RefreshTraceOf<Connection>;
    readonly 'wshub:stream': StreamTraceOf<Connection>;
}

interface DroppedEventOf<Connection> {
    readonly connection: Connection;
    readonly closes: boolean;
}

interface Durations {
    readonly count: number;
    readonly total: number;
    readonly p50: number;
    readonly p99: number;
    readonly buckets: readonly number[];
}

declare const EMPTY_POSITION: Position;

declare const ERROR_CODES: {
    readonly bad_request: ErrorRule;
    readonly unauthorized: ErrorRule;
    readonly forbidden: ErrorRule;
    readonly not_found: ErrorRule;
    readonly conflict: ErrorRule;
    readonly invalid_message: ErrorRule;
    readonly unknown_type: ErrorRule;
    readonly invalid_payload: ErrorRule;
    readonly rate_limited: ErrorRule;
    readonly too_many_pings: ErrorRule;
    readonly too_many_connections: ErrorRule;
    readonly too_many_rooms: ErrorRule;
    readonly too_many_streams: ErrorRule;
    readonly invalid_cursor: ErrorRule;
    readonly invalid_room: ErrorRule;
    readonly not_in_room: ErrorRule;
    readonly too_many_joins: ErrorRule;
    readonly no_history: ErrorRule;
    readonly recovering: ErrorRule;
    readonly left: ErrorRule;
    readonly revoked: ErrorRule;
    readonly other_user: ErrorRule;
    readonly closed: ErrorRule;
    readonly slow_consumer: ErrorRule;
    readonly timeout: ErrorRule;
    readonly cancelled: ErrorRule;
    readonly remote_error: ErrorRule;
    readonly internal: ErrorRule;
    readonly invalid_description: ErrorRule;
    readonly room_exists: ErrorRule;
    readonly open_timeout: ErrorRule;
    readonly handshake_too_old: ErrorRule;
    readonly revalidate_timeout: ErrorRule;
    readonly not_repeatable: ErrorRule;
    readonly refresh_failed: ErrorRule;
    readonly mass_refusal: ErrorRule;
    readonly too_big: ErrorRule;
    readonly hub_full: ErrorRule;
    readonly hub_overloaded: ErrorRule;
    readonly room_full: ErrorRule;
    readonly hub_closing: ErrorRule;
    readonly unavailable: ErrorRule;
    readonly unknown: ErrorRule;
    readonly not_kept: ErrorRule;
    readonly broker_down: ErrorRule;
    readonly broker_timeout: ErrorRule;
    readonly broker_overloaded: ErrorRule;
    readonly broker_failed: ErrorRule;
    readonly broker_overtaken: ErrorRule;
    readonly broker_denied: ErrorRule;
    readonly broker_readonly: ErrorRule;
    readonly broker_full: ErrorRule;
    readonly broker_misconfigured: ErrorRule;
    readonly broker_loading: ErrorRule;
    readonly broker_evicts: ErrorRule;
    readonly broker_repaired: ErrorRule;
    readonly broker_foreign: ErrorRule;
    readonly broker_version: ErrorRule;
};

interface EmitOptions {
    readonly bytes?: Uint8Array | undefined;
    readonly volatile?: boolean | {
        readonly key: string;
    } | undefined;
}

type EmptyInJson = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | RegExp | Promise<unknown>;

interface Entry {
    readonly offset: number;
    readonly tag: string;
    readonly bytes: Uint8Array;
}

interface Envelope {
    readonly type: string;
    readonly payload?: unknown;
    readonly id?: string | number;
    readonly key?: unknown;
}

interface ErrorPayload {
    readonly code: string;
    readonly message: string;
    readonly issues?: readonly Issue[];
    readonly status?: number;
}

interface ErrorRule {
    readonly status: number;
    readonly fault: Fault;
    readonly retry: Retry;
    readonly meaning: string;
}

type EventArguments<Events, Type extends keyof Events> = Arguments<Events[Type], EmitOptions>;

type EventsOf<Types extends HubTypes> = Types extends {
    readonly events: infer Events extends object;
} ? Events : Record<string, unknown>;

type Exception = string | {
    readonly id: string;
} | {
    readonly room: string;
};

interface Failure<Types extends HubTypes> {
    readonly stage: Stage;
    readonly connection: Connection<Types> | undefined;
}

type Fault = 'client' | 'app' | 'infrastructure';

interface GapPayload extends Position {
    readonly room: string;
    readonly reason: GapReason;
}

type GapReason = 'expired' | 'epoch' | 'too_far' | 'unreadable';

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

type Handler<Payload = unknown, Reply = unknown, Types extends HubTypes = HubTypes> = (context: Context<Payload, Types>) => Reply | Promise<Reply>;

interface HandlerTimes extends Durations {
    readonly types: Readonly<Record<string, Durations>>;
}

interface Handshake {
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly address: string;
    readonly host: string;
    readonly secure: boolean;
    readonly protocol: string;
    readonly time: Date;
}

declare class HandshakeRefused extends Error {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
    constructor({ statusCode, headers }: IncomingMessage, body: string);
}

interface HandshakeTraceOf<Hub> extends TraceOutcome {
    readonly hub: Hub;
    readonly request: IncomingMessage;
    result?: {
        readonly status: number;
    };
}

interface HealthOptions {
    readonly requireBroker?: boolean | undefined;
}

type HealthReason = 'hub_closing' | 'broker_down';

type HeldData<Data> = undefined extends Data ? unknown : {
    readonly data: Data;
};

interface HelloPayload {
    readonly version: number;
}

interface HistoryMessage extends Position {
    readonly type: string;
    readonly payload?: unknown;
    readonly room: string;
}

interface HistoryWindow {
    readonly size: number;
    readonly ttl: number;
}

type Hook<Parameters extends readonly unknown[]> = ((...parameters: Parameters) => void) | ((...parameters: Parameters) => Promise<unknown>);

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

declare class Hub<Types extends HubTypes = HubTypes> extends Audience<Types> {
    #private;
    readonly name: string;
    constructor(options?: HubOptions<Types>);
    get connections(): ReadonlyMap<string, Connection<Types>>;
    get rooms(): ReadonlyMap<string, Room<Types>>;
    connection(id: string): Connection<Types> | undefined;
    room(name: string): Room<Types>;
    user(...ids: string[]): Audience<Types>;
    session(...ids: string[]): Audience<Types>;
    client(...ids: string[]): Audience<Types>;
    to(...rooms: string[]): Audience<Types>;
    createRoom(name: string, options?: RoomOptions<Types, undefined>): Room<Types>;
    createRoom(pattern: RegExp, options?: RoomOptions<Types, RegExpExecArray>): void;
    removeRoom(name: string): boolean;
    stats(options?: {
        readonly cluster?: false | undefined;
    } & StatsOptions): HubStats;
    stats(options: {
        readonly cluster: true;
    } & StatsOptions): Promise<ClusterStats>;
    stats(options?: {
        readonly cluster?: boolean | undefined;
    } & StatsOptions): HubStats | Promise<ClusterStats>;
    list(options?: ListOptions): Promise<ConnectionPage>;
    get servers(): Servers;
    onServerMessage(handler: OnServerMessage): () => void;
    presence(user: string): Promise<Presence<Jsonify<PresenceOf<Types>>>>;
    health(): HubHealth;
    get ready(): Promise<void>;
    close(options?: CloseOptions): Promise<void>;
    toJSON(): Summary;
}

interface HubCommands {
    'hub:cancel': CancelPayload;
}

declare class HubError extends Error {
    readonly code: HubErrorCode | (string & Record<never, never>);
    readonly status: number;
    readonly statusCode: number;
    readonly fault: Fault;
    readonly expose: boolean;
    readonly issues: readonly Issue[] | undefined;
    constructor(code: HubErrorCode | (string & Record<never, never>), message?: string, details?: HubErrorDetails);
    static [Symbol.hasInstance](value: unknown): boolean;
}

type HubErrorCode = keyof typeof ERROR_CODES;

interface HubErrorDetails {
    readonly status?: number | undefined;
    readonly fault?: Fault | undefined;
    readonly issues?: readonly Issue[] | undefined;
    readonly cause?: unknown;
}

interface HubEvents {
    'hub:next': unknown;
    'hub:left': LeftPayload;
    'hub:gap': GapPayload;
    'hub:presence': PresencePayload;
}

interface HubHealth {
    readonly live: boolean;
    readonly ready: boolean;
    readonly reasons: readonly HealthReason[];
}

interface HubOptions<Types extends HubTypes = HubTypes> {
    readonly name?: string | undefined;
    readonly router?: RouterFor<Types> | undefined;
    readonly onOpen?: Hook<[
        connection: Connection<Types>
    ]> | undefined;
    readonly onClose?: Hook<[
        connection: Connection<Types>,
        closure: Closure
    ]> | undefined;
    readonly onJoin?: Hook<[
        connection: Connection<Types>,
        room: string
    ]> | undefined;
    readonly onLeave?: Hook<[
        connection: Connection<Types>,
        room: string
    ]> | undefined;
    readonly onMessage?: OnMessage<Connection<Types>> | undefined;
    readonly onText?: OnText<Connection<Types>> | undefined;
    readonly onBinary?: OnBinary<Connection<Types>> | undefined;
    readonly onError?: Hook<[
        error: unknown,
        failure: Failure<Types>
    ]> | undefined;
    readonly heartbeat?: {
        readonly pingInterval?: number | undefined;
        readonly pongTimeout?: number | undefined;
    } | undefined;
    readonly revalidate?: Revalidate<Types> | undefined;
    readonly limits?: Limits | undefined;
    readonly compression?: boolean | {
        readonly [Key in keyof Compression]?: Compression[Key] | undefined;
    } | undefined;
    readonly batch?: {
        readonly window?: number | undefined;
    } | undefined;
    readonly broker?: Broker | undefined;
    readonly health?: HealthOptions | undefined;
    readonly warnings?: boolean | undefined;
}

interface HubRequests {
    'hub:hello': {
        readonly payload: HelloPayload;
        readonly reply: Welcome;
    };
    'hub:ping': {
        readonly payload: undefined;
        readonly reply: undefined;
    };
    'hub:join': {
        readonly payload: JoinPayload;
        readonly reply: Joined;
    };
    'hub:leave': {
        readonly payload: LeavePayload;
        readonly reply: Readonly<Record<string, never>>;
    };
    'hub:recover': {
        readonly payload: RecoverPayload;
        readonly reply: Recovered;
    };
    'hub:refresh': {
        readonly payload: RefreshPayload;
        readonly reply: Refreshed;
    };
}

interface HubStats extends Readonly<Counters>, Breakdown {
    readonly name: string;
    readonly server: string;
    readonly host: string;
    readonly pid: number;
    readonly startedAt: number;
    readonly connections: number;
    readonly users: number;
    readonly rooms: number;
    readonly streams: number;
    readonly traffic: Readonly<Traffic>;
    readonly types: Readonly<Record<string, number>>;
    readonly handlers?: HandlerTimes;
    readonly pressure: PressureStats;
    readonly memory: Readonly<Record<'limit' | 'used' | 'early' | keyof MemoryUse, number>>;
    readonly handshakes: Readonly<Record<string, number>>;
    readonly broker?: BrokerStats;
}

interface HubTypes {
    readonly data?: unknown;
    readonly events?: object;
    readonly asks?: object;
    readonly presence?: unknown;
}

declare class Hubs {
    #private;
    constructor(options?: {
        readonly broker?: Broker | undefined;
    });
    get names(): string[];
    create<Types extends HubTypes = HubTypes>(name: string, options?: Omit<HubOptions<Types>, 'name'>): Hub<Types>;
    get<Types extends HubTypes = HubTypes>(name: string): Hub<Types> | undefined;
    health(): HubHealth;
    close(options?: CloseOptions): Promise<void>;
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

type InputOf<Type extends Schema> = NonNullable<Type['~standard']['types']>['input'];

interface Issue {
    readonly message: string;
    readonly path?: readonly (string | number)[];
}

interface JoinPayload extends RecoverPayload {
    readonly payload?: unknown;
}

interface JoinQuery<Match = unknown> {
    readonly room: string;
    readonly match: Match;
    readonly payload: unknown;
}

interface Joined extends Partial<Recovered> {
    readonly connection: string;
    readonly presence?: RoomList;
}

type JsonArray<Value extends readonly unknown[]> = number extends Value['length'] ? Value extends readonly [
    unknown,
    ...unknown[]
] | readonly [
    ...unknown[],
    unknown
] ? JsonTuple<Value> : Value extends unknown[] ? JsonItem<Value[number]>[] : readonly JsonItem<Value[number]>[] : JsonTuple<Value>;

type JsonItem<Value> = Value extends undefined | symbol | AnyFunction ? null : Jsonify<Value>;

type JsonKey<Key, Value> = Key extends symbol ? never : Value extends symbol | AnyFunction ? never : Key;

type JsonTuple<Value extends readonly unknown[]> = {
    [Index in keyof Value]: JsonItem<Value[Index]>;
};

type Jsonify<Value> = 0 extends 1 & Value ? Value : Value extends string | number | boolean | null | undefined ? Value : Value extends bigint ? never : Value extends void | symbol | AnyFunction ? undefined : Value extends {
    toJSON(...args: never): infer Json;
} ? Jsonify<Json> : Value extends readonly unknown[] ? JsonArray<Value> : Value extends EmptyInJson ? Record<string, never> : Value extends object ? {
    [Key in keyof Value as JsonKey<Key, Value[Key]>]: Jsonify<Value[Key]>;
} : Value;

type JsonifyMembers<Table> = {
    [Key in keyof Table]: Jsonify<Table[Key]>;
};

type KnownIdentity<Result> = Result & ([
    UnknownKeys<Result>
] extends [
    never
] ? unknown : UnknownProperty<UnknownKeys<Result>>);

interface LeasedMember extends PresenceMember {
    readonly lease: string;
    readonly since: number;
}

interface LeavePayload {
    readonly room: string;
}

type LeftCode = 'left' | 'forbidden' | 'room_removed';

interface LeftPayload {
    readonly room: string;
    readonly code: LeftCode;
}

interface Limits {
    readonly maxMessageSize?: number | undefined;
    readonly maxBufferedBytes?: number | undefined;
    readonly slowConsumer?: 'close' | 'drop' | undefined;
    readonly maxConnectionBytes?: number | undefined;
    readonly maxHubBytes?: number | undefined;
    readonly maxConnections?: number | undefined;
    readonly maxConnectionsPerUser?: number | undefined;
    readonly maxConnectionsPerAddress?: number | undefined;
    readonly maxRoomsPerConnection?: number | undefined;
    readonly maxRoomNameLength?: number | undefined;
    readonly messageRate?: MessageRate | undefined;
    readonly concurrency?: number | undefined;
    readonly maxStreams?: number | undefined;
    readonly writeTimeout?: number | undefined;
    readonly openTimeout?: number | undefined;
    readonly handlerTimeout?: number | undefined;
    readonly authorizeTimeout?: number | undefined;
    readonly idleTimeout?: number | undefined;
    readonly closeTimeout?: number | undefined;
}

interface LinkPosition extends Position {
    readonly previous: string;
}

interface ListOptions {
    readonly cluster?: boolean | undefined;
    readonly room?: string | undefined;
    readonly user?: string | undefined;
    readonly address?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
    readonly timeout?: number | undefined;
}

interface ListedMember {
    readonly user: string;
    readonly state?: unknown;
    readonly connections: readonly string[];
}

type Lost = 'expired' | 'epoch' | 'too_far';

interface MembershipEventOf<Connection> {
    readonly connection: Connection;
    readonly room: string;
}

declare class MemoryNetwork {
    #private;
    broker(): Broker;
    crash(broker: Broker): void;
    outage(): void;
    restore(): void;
    save(): () => void;
}

interface MemoryUse {
    queued: number;
    handling: number;
    sending: number;
    receiving: number;
    headers: number;
    rooms: number;
}

interface MessageRate extends Rate {
    readonly cost?: {
        readonly perByte?: number | undefined;
        readonly perRecipient?: number | undefined;
    } | undefined;
}

interface MessageTraceOf<Connection> extends TraceOutcome {
    readonly connection: Connection;
    readonly type: string | undefined;
    readonly route: string;
    readonly id: string | number | undefined;
}

type Middleware<Types extends HubTypes = HubTypes> = (context: Context<unknown, Types>, next: () => Promise<void>) => void | Promise<void>;

type Missed = {
    readonly recovered: true;
    readonly messages: readonly HistoryMessage[];
} | {
    readonly recovered: false;
    readonly reason: Lost | 'unreadable';
    readonly messages: readonly [
    ];
};

type NameIn<Table> = keyof Table & string;

type NeedsBytes<Options> = Options & {
    readonly bytes: Uint8Array;
};

type OnBinary<Connection> = Hook<[
    connection: Connection,
    bytes: Buffer
]>;

type OnMessage<Connection> = Hook<[
    connection: Connection,
    data: string | Buffer
]>;

type OnServerMessage = Hook<[
    message: ServerMessage
]>;

type OnText<Connection> = Hook<[
    connection: Connection,
    text: string
]>;

interface OpenedEventOf<Connection> {
    readonly connection: Connection;
}

declare class OriginList {
    #private;
    readonly any: boolean;
    constructor(origins: Origins);
    includes(page: PageOrigin | undefined): boolean;
}

type Origins = '*' | readonly string[];

type OutputOf<Type extends Schema> = NonNullable<Type['~standard']['types']>['output'];

interface Page {
    readonly messages: number;
    readonly bytes: number;
}

interface PageOrigin {
    readonly scheme: string;
    readonly host: string;
}

type PayloadOfAsk<Asked> = Asked extends {
    readonly payload: infer Payload;
} ? Payload : undefined;

interface PolicyRefusal {
    readonly code: 'foreign_origin' | 'foreign_host';
    readonly refusal: HttpRefusal;
}

interface Position {
    readonly offset: number;
    readonly epoch: string;
    readonly tag: string;
}

type Prefixed<Prefix extends string, Table> = {
    [Type in keyof Table & string as `${Prefix}${Type}`]: Table[Type];
};

interface Presence<State = unknown> {
    readonly user: string;
    readonly state?: State;
    readonly connections: readonly string[];
}

interface PresenceChange {
    readonly joined: readonly PresentUser[];
    readonly changed: readonly PresentUser[];
    readonly left: readonly string[];
}

interface PresenceEvent extends PresenceChange {
    readonly tag: string;
    readonly previous: string;
}

interface PresenceHead {
    readonly tag: string;
    readonly leases: ReadonlyMap<string, string>;
}

interface PresenceMember {
    readonly user: string;
    readonly connection: string;
    readonly state?: string | undefined;
}

type PresenceNews = {
    readonly seq: number;
    readonly joined: readonly ListedMember[];
    readonly changed: readonly ListedMember[];
    readonly left: readonly string[];
} | {
    readonly seq: number;
    readonly reset: true;
    readonly entries: readonly ListedMember[];
} | {
    readonly seq: number;
    readonly count: number;
};

type PresenceOf<Types extends HubTypes> = Types extends {
    readonly presence: infer State;
} ? State : unknown;

interface PresencePage extends PresenceHead {
    readonly members: readonly LeasedMember[];
}

type PresencePayload = PresenceNews & {
    readonly room: string;
};

interface PresenceSync {
    readonly lease: string;
    readonly base: string;
    readonly digest: string;
    readonly add: readonly AddedMember[];
    readonly remove: readonly PresenceMember[];
    readonly notify: boolean;
}

interface PresentUser {
    readonly user: string;
    readonly state: string | undefined;
    readonly connections: readonly string[];
}

interface PressureStats {
    readonly paused: number;
    readonly stalled: number;
}

type Protocols = readonly string[] | SelectProtocol;

interface Rate {
    readonly perSecond: number;
    readonly burst: number;
}

type Received = ReceivedEnvelope | string | Buffer;

interface ReceivedEnvelope extends Envelope {
    readonly bytes?: Buffer;
}

interface RecoverPayload extends Partial<Position> {
    readonly room: string;
    readonly last?: number;
    readonly connection?: string;
}

interface Recovered extends Position {
    readonly recovered: boolean;
    readonly reason?: GapReason;
    readonly connection: string;
}

interface RefreshPayload {
    readonly token?: string;
}

interface RefreshTraceOf<Connection> extends TraceOutcome {
    readonly connection: Connection;
    result?: {
        readonly kind: 'renewed' | 'refused' | 'unclear';
    };
}

interface Refreshed {
    readonly expiresIn?: number;
}

interface Replay {
    readonly position: Position;
    readonly entries: readonly Entry[];
    readonly more: boolean;
    readonly lost?: Lost;
    readonly start?: Position;
}

interface Replies<Reply = unknown> {
    readonly replies: readonly Reply[];
    readonly missing: readonly string[];
}

type ReplyTo<Asks, Type extends keyof Asks> = Asks[Type] extends {
    readonly reply: infer Reply;
} ? WireValue<Reply> : unknown;

interface RequestInfo {
    readonly host: string | undefined;
    readonly address: string | undefined;
    readonly secure: boolean;
    readonly policy?: AccessPolicy | undefined;
}

interface RequestOptions {
    readonly timeout?: number | undefined;
}

interface RequestTarget {
    readonly host: string;
    readonly secure: boolean;
}

type Retry = 'never' | 'later' | 'reconnect';

type Revalidate<Types extends HubTypes> = RevalidationOptions<Connection<Types>>;

interface RevalidationOptions<Connection> {
    readonly every: number;
    readonly check?: ((connection: Connection) => boolean | Promise<boolean>) | undefined;
}

type Rewind = () => void | Promise<void>;

declare class Room<Types extends HubTypes = HubTypes> extends Audience<Types> {
    #private;
    readonly name: string;
    get size(): number;
    presence(): Promise<Presence<Jsonify<PresenceOf<Types>>>[]>;
    presenceCount(): Promise<number>;
    get history(): RoomHistory<Types> | undefined;
    toJSON(): Summary;
    has(connection: string | {
        readonly id: string;
    }): boolean;
}

declare class RoomHistory<Types extends HubTypes = HubTypes> {
    #private;
    append<Type extends NameIn<EventsOf<Types>>>(type: Type, ...[payload]: AppendArguments<EventsOf<Types>, Type>): Promise<Position>;
    position(): Promise<Position>;
    last(count: number): Promise<HistoryMessage[]>;
    since(position: Position): Promise<Missed>;
}

type RoomList = {
    readonly seq: number;
    readonly entries: readonly ListedMember[];
} | {
    readonly seq: number;
    readonly count: number;
};

declare abstract class RoomNames<Data> extends Confidential<Data> {
    #private;
    get rooms(): ReadonlySet<string>;
    in(room: string): boolean;
}

type RoomOptions<Types extends HubTypes = HubTypes, Match = RegExpExecArray | undefined> = RoomOptionsOf<Connection<Types>, Match>;

interface RoomOptionsOf<Member, Match = never> {
    readonly authorize?: Authorize<Member, Match> | undefined;
    readonly maxMembers?: number | undefined;
    readonly history?: {
        readonly size?: number | undefined;
        readonly ttl?: number | undefined;
        readonly unkept?: 'deliver' | 'fail' | undefined;
    } | undefined;
    readonly presence?: boolean | {
        readonly limit?: number | undefined;
    } | undefined;
}

interface RouteTypes<Payload, Reply> {
    readonly payload: Jsonify<Payload> extends Payload ? Payload : never;
    readonly reply: WireValue<StreamResult<Awaited<Reply>>>;
    readonly streamed: WireValue<StreamedValue<Awaited<Reply>>>;
}

declare class Router<Types extends HubTypes = HubTypes, Table extends object = {}> {
    #private;
    readonly routes?: Table;
    readonly types?: (wire: WireTypes<Types>) => void;
    use(middleware: Middleware<Types>): this;
    handle<Type extends string, Reply>(type: Type, handler: Handler<unknown, Reply, Types>): Router<Types, Table & {
        [Name in Type]: RouteTypes<unknown, Reply>;
    }>;
    handle<Type extends string, Payload extends Schema, Reply>(type: Type, schema: Payload | {
        readonly payload: Payload;
    }, handler: Handler<OutputOf<Payload>, Reply, Types>): Router<Types, Table & {
        [Name in Type]: RouteTypes<InputOf<Payload>, Reply>;
    }>;
    merge<Prefix extends string, Other extends object>(prefix: Prefix, router: RouterFor<Types, Other>): Router<Types, Table & Prefixed<Prefix, Other>>;
    fallback(handler: Handler<unknown, unknown, Types>): this;
    dispatch(context: Context<unknown, Types>): unknown;
    has(type: string): boolean;
}

interface RouterFor<Types extends HubTypes, Table extends object = object> {
    readonly routes?: Table;
    readonly types?: (wire: WireTypes<Types>) => void;
    dispatch(context: Context<unknown, Types>): unknown;
    has?(type: string): boolean;
}

declare const SUBPROTOCOL = "wshub";

interface Schema<Input = unknown, Output = Input> {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
        readonly types?: {
            readonly input: Input;
            readonly output: Output;
        } | undefined;
    };
}

interface SchemaIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}

type SchemaResult<Output> = {
    readonly value: Output;
    readonly issues?: undefined;
} | {
    readonly issues: readonly SchemaIssue[];
};

type SelectProtocol = (offered: readonly string[], request: IncomingMessage) => string | undefined;

interface SendOptions {
    readonly bytes?: Uint8Array | undefined;
}

interface ServerMessage {
    readonly type: string;
    readonly payload?: unknown;
    readonly server: string;
}

declare class Servers {
    #private;
    readonly id: string;
    emit(type: string, payload?: unknown): void;
}

interface SinceOptions extends HistoryWindow {
    readonly known?: Position;
    readonly page?: Page;
    readonly maxBytes?: number;
}

interface SocketServer {
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (client: object, request: IncomingMessage) => void): void;
    on(event: 'headers', listener: (lines: string[], request: IncomingMessage) => void): unknown;
    emit(event: string, ...args: unknown[]): boolean;
}

type Stage = 'open' | 'message' | 'join' | 'leave' | 'close' | 'receive' | 'limit' | 'revalidate' | 'server' | 'broker';

interface StatsOptions {
    readonly handlers?: boolean | undefined;
    readonly timeout?: number | undefined;
}

type StreamResult<Reply> = unknown extends Reply ? Reply : Reply extends PromiseLike<unknown> ? Reply : Reply extends AsyncIterable<unknown, infer Result> ? AnyAsUnknown<Result> : Reply;

interface StreamTraceOf<Connection> extends TraceOutcome {
    readonly connection: Connection;
    readonly id: string | number;
    result?: {
        readonly values: number;
    };
}

type StreamedValue<Reply> = unknown extends Reply ? unknown : Reply extends PromiseLike<unknown> ? never : Reply extends AsyncIterable<infer Value> ? Value : never;

interface SuiteRunner {
    describe(name: string, body: () => void): unknown;
    readonly test: TestFunction;
}

type Summary = Readonly<Record<string, unknown>>;

declare class TestClient {
    #private;
    readonly closed: Promise<{
        readonly code: number;
        readonly reason: string;
    }>;
    headers: IncomingHttpHeaders;
    get protocol(): string;
    next(): Promise<Received>;
    next(type: string): Promise<ReceivedEnvelope>;
    until(predicate: (message: Received) => boolean): Promise<Received>;
    quiet(ms?: number): Promise<void>;
    send(data: string | Uint8Array): void;
    emit(type: string, payload?: unknown, options?: SendOptions): void;
    request<Reply = unknown>(type: string, payload?: unknown, options?: SendOptions): Promise<Reply>;
    stream<Value = unknown, Reply = unknown>(type: string, payload?: unknown, options?: SendOptions): AsyncGenerator<Value, Reply, undefined>;
    reply({ id }: Envelope, payload?: unknown, options?: SendOptions): void;
    close(code?: number, reason?: string): TestClient['closed'];
    terminate(): void;
}

interface TestFunction {
    (name: string, body: () => Promise<void>): unknown;
    readonly skip?: ((name: string, body: () => Promise<void>) => unknown) | undefined;
}

interface TestSocket extends EventEmitter {
    readonly protocol: string;
    readonly readyState: number;
    readonly bufferedAmount: number;
    send(data: string | Uint8Array): void;
    ping(data?: string | Uint8Array): void;
    pong(data?: string | Uint8Array): void;
    pause(): void;
    resume(): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
}

type TestTarget = Server | RequestListener;

interface TraceOutcome {
    result?: unknown;
    error?: unknown;
}

interface Traffic {
    messagesIn: number;
    bytesIn: number;
    messagesOut: number;
    bytesOut: number;
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
    admit(request: IncomingMessage, info: RequestInfo, describe: CallDescribe): Promise<HttpAnswer>;
}

declare const WITH_BYTES: unique symbol;

interface Welcome {
    readonly version: number;
    readonly connection: string;
    readonly user?: string;
    readonly expiresIn?: number;
    readonly pingInterval: number;
    readonly maxMessageSize: number;
}

interface WireTypes<Types extends HubTypes> {
    readonly events: Types extends {
        readonly events: infer Events;
    } ? WireValues<Events> : unknown;
    readonly asks: Types extends {
        readonly asks: infer Asks;
    } ? AsksInJson<Asks> : unknown;
    readonly presence: Jsonify<PresenceOf<Types>>;
}

type WireValue<Value> = 0 extends 1 & Value ? Value : Value extends WithBytes<infer Payload> ? WithBytes<Jsonify<Payload>> : Jsonify<Value>;

type WireValues<Table> = {
    [Key in keyof Table]: WireValue<Table[Key]>;
};

declare class WithBytes<Payload = unknown> {
    readonly payload: Payload;
    readonly bytes: Uint8Array;
    constructor(payload: Payload, bytes: Uint8Array);
}

declare function assertBytes(bytes: Uint8Array): Uint8Array;

declare function attach(server: AnyServer, options?: AttachOptions): () => void;

declare function attachAdapter(server: AnyServer, options: AttachOptions | undefined, adapter: AdapterOptions): () => void;

declare function connect(target: TestTarget, path: string, options?: ConnectOptions): Promise<TestClient>;

declare function decodeBinaryEnvelope<Frame extends Uint8Array>(frame: Frame): BinaryEnvelope<Frame> | undefined;

declare function decodeEnvelope(text: string): Envelope | undefined;

declare function defineAdapterSuite(name: string, options: AdapterSuiteOptions): void;

declare function defineBrokerSuite(name: string, options: BrokerSuiteOptions): void;

declare function encode(value: unknown): string;

declare function encodeBinaryEnvelope(text: string, { buffer, byteOffset, byteLength }: Uint8Array): Uint8Array;

declare function encodeEnvelope(type: string, payload?: unknown, id?: string | number): string;

declare function encodeEvent(type: string, payload?: unknown, id?: string): string;

declare function encodeHubEvent<Type extends keyof HubEvents>(type: Type, payload: HubEvents[Type]): string;

declare function idIn(text: string): string | number | undefined;

declare function isAnswer(envelope: Envelope): boolean;

declare function isBinaryEnvelope(frame: Uint8Array): boolean;

declare function isFinal(code: number): boolean;

declare function isIoFaked(): boolean;

declare function isProtocolMessage({ type }: Envelope): boolean;

declare function isRefresh(request: IncomingMessage): boolean;

declare function isReserved(type: string): boolean;

declare function isSendable(code: number): boolean;

declare function isUpgrade(request: IncomingMessage): boolean;

declare function isWithBytes(value: unknown): value is WithBytes;

declare function openSocket(target: TestTarget, path: string, options?: ConnectOptions): TestSocket;

declare function printable(text: string): string;

declare function quote(text: string): string;

declare function releaseUpgrade(request: IncomingMessage): UpgradeArguments | undefined;

declare function retryHint(reason: string): number | undefined;

declare function retryReason(ms: number): string;

declare function withBytes<Payload>(payload: Payload, bytes: Uint8Array): WithBytes<Payload>;

export type {
    AccessPolicyOptions,
    AdapterApp,
    AdapterCapability,
    AdapterOptions,
    AdapterReply,
    AdapterRequest,
    AdapterRoute,
    AdapterScope,
    AdapterServer,
    AdapterStep,
    AdapterSuiteOptions,
    AdapterUpgrade,
    AddedMember,
    AnyServer,
    AppendFailure,
    AppendHeader,
    AppendOptions,
    Ask,
    AskOptions,
    AsksOf,
    AttachOptions,
    Authorize,
    BinaryEnvelope,
    Breakdown,
    Broker,
    BrokerCapability,
    BrokerEvents,
    BrokerHistory,
    BrokerPresence,
    BrokerStage,
    BrokerStats,
    BrokerStatus,
    BrokerSuiteOptions,
    CancelPayload,
    CloseOptions,
    Closure,
    ClusterStats,
    ConnectOptions,
    ConnectionInfo,
    ConnectionPage,
    Context,
    Counters,
    DataOf,
    Deliver,
    DiagnosticsEvents,
    DiagnosticsTraces,
    Durations,
    EmitOptions,
    Entry,
    Envelope,
    ErrorPayload,
    ErrorRule,
    EventsOf,
    Exception,
    Failure,
    Fault,
    GapPayload,
    GapReason,
    HandOverOptions,
    Handler,
    HandlerTimes,
    Handshake,
    HealthOptions,
    HealthReason,
    HelloPayload,
    HistoryMessage,
    HistoryWindow,
    HttpAnswer,
    HttpRefusal,
    HubCommands,
    HubErrorCode,
    HubErrorDetails,
    HubEvents,
    HubHealth,
    HubOptions,
    HubRequests,
    HubStats,
    HubTypes,
    IdentityFor,
    IdentityResult,
    Issue,
    JoinPayload,
    JoinQuery,
    Joined,
    Jsonify,
    JsonifyMembers,
    KnownIdentity,
    LeasedMember,
    LeavePayload,
    LeftCode,
    LeftPayload,
    Limits,
    LinkPosition,
    ListOptions,
    ListedMember,
    Lost,
    Middleware,
    Missed,
    OnServerMessage,
    Origins,
    Page,
    PolicyRefusal,
    Position,
    Presence,
    PresenceChange,
    PresenceEvent,
    PresenceHead,
    PresenceMember,
    PresenceNews,
    PresenceOf,
    PresencePage,
    PresencePayload,
    PresenceSync,
    PresentUser,
    PressureStats,
    Protocols,
    Received,
    ReceivedEnvelope,
    RecoverPayload,
    Recovered,
    RefreshPayload,
    Refreshed,
    Replay,
    Replies,
    RequestInfo,
    RequestOptions,
    Retry,
    Revalidate,
    RoomList,
    RoomOptions,
    RouteTypes,
    RouterFor,
    Schema,
    SelectProtocol,
    SendOptions,
    ServerMessage,
    SinceOptions,
    SocketServer,
    Stage,
    StatsOptions,
    StreamResult,
    StreamedValue,
    SuiteRunner,
    TestSocket,
    TestTarget,
    Traffic,
    UpgradeArguments,
    UpgradeOptions,
    UpgradeParameters,
    Welcome,
    WireValue,
    WireValues,
};

export {
    AccessPolicy,
    Audience,
    CloseCode,
    Connection,
    DEFAULT_LIMITS,
    DURATION_BOUNDS_MS,
    EMPTY_POSITION,
    ERROR_CODES,
    HandOver,
    HandshakeRefused,
    Hub,
    HubError,
    Hubs,
    MemoryNetwork,
    Room,
    RoomHistory,
    Router,
    SUBPROTOCOL,
    Servers,
    TestClient,
    Upgrader,
    WITH_BYTES,
    WithBytes,
    assertBytes,
    attach,
    attachAdapter,
    connect,
    decodeBinaryEnvelope,
    decodeEnvelope,
    defineAdapterSuite,
    defineBrokerSuite,
    encode,
    encodeBinaryEnvelope,
    encodeEnvelope,
    encodeEvent,
    encodeHubEvent,
    idIn,
    isAnswer,
    isBinaryEnvelope,
    isFinal,
    isIoFaked,
    isProtocolMessage,
    isRefresh,
    isReserved,
    isSendable,
    isUpgrade,
    isWithBytes,
    openSocket,
    printable,
    quote,
    releaseUpgrade,
    retryHint,
    retryReason,
    withBytes,
};
