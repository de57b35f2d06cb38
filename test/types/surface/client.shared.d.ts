type Arguments<Payload, Options> = undefined extends Payload ? [
    payload?: Payload,
    options?: Options
] : [
    payload: Payload,
    options?: Options
];

type AskHandler<Payload, Reply> = (payload: EventPayload<Payload>, beside: {
    readonly bytes: Uint8Array | undefined;
} & Beside<Payload>) => Awaitable<Reply>;

type AsksOf<Router> = Member<Router, 'asks'>;

type Awaitable<Value> = Value | Promise<Value>;

type Beside<Event> = 0 extends 1 & Event ? unknown : [
    Event
] extends [
    WithBytes
] ? {
    readonly bytes: Uint8Array;
} : unknown;

type Bytes = ReturnType<Uint8Array['slice']>;

declare class Client<Router = unknown> {
    #private;
    constructor(url: string | URL, options?: ClientOptions<EventsOf<Router>>);
    get status(): Status;
    get ready(): Promise<void>;
    open(): void;
    close(code?: number, reason?: string): void;
    on<Type extends Name<EventsOf<Router>>>(type: Type, listener: ListenerOf<EventsOf<Router>[Type]>): () => void;
    events<Type extends Name<EventsOf<Router>>>(type: Type): EventStream<OwnBytes<EventsOf<Router>[Type]>>;
    emit<Type extends Name<RoutesOf<Router>>>(type: Type, ...args: Arguments<PayloadOf<RoutesOf<Router>, Type>, EmitOptions>): boolean;
    readonly request: Send<RoutesOf<Router>>;
    readonly stream: Stream<RoutesOf<Router>>;
    handle<Type extends Name<AsksOf<Router>>>(type: Type, handler: AskHandler<PayloadOf<AsksOf<Router>, Type>, ReplyOf<AsksOf<Router>, Type>>): () => void;
    room(name: string, options?: RoomHolderOptions): Room<EventsOf<Router>, Send<RoutesOf<Router>>, PresenceOf<Router>>;
    refresh(): Promise<void>;
    send(data: string | Bytes): boolean;
    onRaw(listener: (data: string | ArrayBuffer) => void): () => void;
    onStatus(listener: (status: Status) => void): () => void;
    onError(listener: (error: unknown) => void): () => void;
}

declare class ClientError extends Error {
    readonly code: string;
    readonly issues: readonly unknown[] | undefined;
    constructor(code: string, { message, issues, cause }?: ClientErrorDetails);
}

interface ClientErrorDetails {
    readonly message?: string | undefined;
    readonly issues?: readonly unknown[] | undefined;
    readonly cause?: unknown;
}

interface ClientOptions<Events extends object = Record<string, unknown>> {
    readonly token?: ((ask: {
        readonly refused: boolean;
    }) => Awaitable<string | null | undefined>) | undefined;
    readonly reconnect?: {
        readonly firstWait?: number | undefined;
        readonly maxWait?: number | undefined;
    } | undefined;
    readonly queue?: {
        readonly count?: number | undefined;
        readonly bytes?: number | undefined;
    } | undefined;
    readonly timeout?: number | undefined;
    readonly validate?: {
        readonly [Type in keyof Events]?: Schema;
    } | undefined;
    readonly WebSocket?: WebSocketClass | undefined;
    readonly connect?: boolean | undefined;
}

interface EmitOptions {
    readonly volatile?: boolean | undefined;
    readonly queue?: boolean | undefined;
    readonly bytes?: Uint8Array | undefined;
}

type EventPayload<Event> = 0 extends 1 & Event ? Event : Event extends WithBytes<infer Payload> ? Payload : Event;

type EventStream<Value> = AsyncIterableIterator<Value, undefined>;

type EventsOf<Router> = Member<Router, 'events'>;

type ListenerOf<Event> = (payload: EventPayload<Event>, meta: Meta & Beside<Event>) => void;

type Member<Router, Part extends keyof Untyped> = Wire<Router> extends {
    readonly [Key in Part]?: infer Table;
} ? unknown extends Table ? Untyped[Part] : NonNullable<Table> : Untyped[Part];

interface Message {
    readonly type: string;
    readonly payload?: unknown;
    readonly id?: string | number;
    readonly room?: string;
    readonly offset?: number;
    readonly epoch?: string;
    readonly tag?: string;
    readonly volatile?: boolean;
    readonly bytes?: Uint8Array | undefined;
}

type Meta = Omit<Message, 'payload' | 'id'>;

type Name<Table> = keyof Table & string;

type OwnBytes<Value> = 0 extends 1 & Value ? Value : Value extends WithBytes<infer Payload> ? WithBytes<Payload> : Value;

type PayloadOf<Table, Type extends keyof Table> = Table[Type] extends {
    readonly payload: infer Payload;
} ? Payload : unknown;

interface Position {
    readonly offset: number;
    readonly epoch: string;
    readonly tag: string;
}

interface PresenceEntry<PresenceState = unknown> {
    readonly user: string;
    readonly state?: PresenceState;
    readonly connections: readonly string[];
}

type PresenceOf<Router> = Wire<Router> extends {
    readonly presence?: infer PresenceState;
} ? PresenceState : unknown;

type ReplyOf<Table, Type extends keyof Table> = Table[Type] extends {
    readonly reply: infer Reply;
} ? OwnBytes<Reply> : unknown;

interface ReplyStream<Value, Result> extends EventStream<Value> {
    readonly result: Promise<Result>;
}

interface RequestOptions {
    readonly timeout?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly retry?: boolean | undefined;
    readonly key?: string | undefined;
    readonly bytes?: Uint8Array | undefined;
}

declare class Room<Events extends object = Record<string, unknown>, Send = RoomSend, PresenceState = unknown> {
    #private;
    readonly name: string;
    get joined(): Promise<void>;
    get position(): Position | undefined;
    get presence(): readonly PresenceEntry<PresenceState>[];
    get presenceCount(): number;
    get isJoined(): boolean;
    on<Type extends Name<Events>>(type: Type, listener: ListenerOf<Events[Type]>): () => void;
    onReset(listener: (reason: string) => void): () => void;
    onLeft(listener: (code: string) => void): () => void;
    onPresence(listener: (present: readonly PresenceEntry<PresenceState>[], count: number) => void): () => void;
    onJoined(listener: () => void): () => void;
    readonly request: Send;
    leave(): void;
}

interface RoomHolderOptions {
    readonly payload?: unknown;
    readonly last?: number | undefined;
    readonly from?: Position | undefined;
    readonly load?: (() => Awaitable<Position | undefined | void>) | undefined;
}

type RoomSend = (type: string, payload?: unknown, options?: RequestOptions) => Promise<unknown>;

declare class RoomSource<Router = unknown> {
    #private;
    constructor(client: Client<Router>, name: string, options: RoomHolderOptions);
    readonly subscribe: (listener: () => void) => (() => void);
    readonly view: () => RoomView<Router>;
    readonly presence: () => readonly PresenceEntry<PresenceOf<Router>>[];
    readonly presenceCount: () => number;
    readonly noUsers: () => readonly never[];
    on<Type extends Name<EventsOf<Router>>>(type: Type, listener: ListenerOf<EventsOf<Router>[Type]>): () => void;
}

interface RoomView<Router = unknown> {
    readonly name: string;
    readonly room: Room<EventsOf<Router>, Send<RoutesOf<Router>>, PresenceOf<Router>> | undefined;
    readonly isJoined: boolean;
    readonly code: string | undefined;
    readonly source: RoomSource<Router>;
}

type RouterWire<Router> = Router extends {
    readonly routes?: infer Routes;
    readonly types?: (wire: infer Rest) => void;
} ? Rest & {
    readonly routes?: Routes;
} : unknown;

type RoutesOf<Router> = Member<Router, 'routes'>;

interface Schema {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaOutcome | Promise<SchemaOutcome>;
    };
}

interface SchemaOutcome {
    readonly value?: unknown;
    readonly issues?: readonly unknown[] | undefined;
}

type Send<Routes> = <Type extends Name<Routes>>(type: Type, ...args: Arguments<PayloadOf<Routes, Type>, RequestOptions>) => Promise<ReplyOf<Routes, Type>>;

type Status = {
    readonly state: 'connecting' | 'ready' | 'offline';
} | {
    readonly state: 'waiting';
    readonly retryAt: number;
    readonly reason: string;
} | {
    readonly state: 'closed';
    readonly code: number;
    readonly reason: string;
    readonly final: boolean;
};

type Stream<Routes> = <Type extends StreamName<Routes>>(type: Type, ...args: Arguments<PayloadOf<Routes, Type>, StreamOptions>) => ReplyStream<StreamedOf<Routes, Type>, ReplyOf<Routes, Type>>;

type StreamName<Table> = {
    [Type in Name<Table>]: [
        StreamedOf<Table, Type>
    ] extends [
        never
    ] ? never : Type;
}[Name<Table>];

type StreamOptions = Pick<RequestOptions, 'signal' | 'key' | 'bytes'>;

type StreamedOf<Table, Type extends keyof Table> = Table[Type] extends {
    readonly streamed: infer Value;
} ? OwnBytes<Value> : unknown;

interface Untyped {
    readonly routes: Record<string, {
        readonly payload: unknown;
        readonly reply: unknown;
        readonly streamed: unknown;
    }>;
    readonly events: Record<string, unknown>;
    readonly asks: Record<string, {
        readonly payload: unknown;
        readonly reply: unknown;
    }>;
}

type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

interface WebSocketLike {
    binaryType: string;
    readonly protocol: string;
    readonly bufferedAmount: number;
    addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void;
    send(data: string | Bytes): void;
    close(code?: number, reason?: string): void;
}

type Wire<Router> = 'types' extends keyof Router ? RouterWire<Router> : Router;

declare class WithBytes<Payload = unknown> {
    readonly payload: Payload;
    readonly bytes: Uint8Array;
    constructor(payload: Payload, bytes: Uint8Array);
}

declare function withBytes<Payload>(payload: Payload, bytes: Uint8Array): WithBytes<Payload>;

export type {
    AsksOf,
    ClientErrorDetails,
    ClientOptions,
    EmitOptions,
    EventStream,
    EventsOf,
    ListenerOf,
    Meta,
    Name,
    Position,
    PresenceEntry,
    PresenceOf,
    ReplyStream,
    RequestOptions,
    RoomHolderOptions,
    RoomView,
    RoutesOf,
    Schema,
    Send,
    Status,
    Stream,
    StreamOptions,
    WebSocketClass,
    WebSocketLike,
};

export {
    Client,
    ClientError,
    Room,
    WithBytes,
    withBytes,
};
