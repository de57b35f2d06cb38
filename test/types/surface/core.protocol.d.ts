type AnyAsUnknown<Result> = 0 extends 1 & Result ? unknown : Result;

type AnyFunction = (...args: never) => unknown;

interface BinaryEnvelope<Bytes extends Uint8Array = Uint8Array> {
    readonly text: string;
    readonly bytes: Bytes;
}

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

type EmptyInJson = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | RegExp | Promise<unknown>;

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

interface GapPayload extends Position {
    readonly room: string;
    readonly reason: GapReason;
}

type GapReason = 'expired' | 'epoch' | 'too_far' | 'unreadable';

interface HelloPayload {
    readonly version: number;
}

interface HubCommands {
    'hub:cancel': CancelPayload;
}

interface HubEvents {
    'hub:next': unknown;
    'hub:left': LeftPayload;
    'hub:gap': GapPayload;
    'hub:presence': PresencePayload;
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

interface Issue {
    readonly message: string;
    readonly path?: readonly (string | number)[];
}

interface JoinPayload extends RecoverPayload {
    readonly payload?: unknown;
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

interface LeavePayload {
    readonly room: string;
}

type LeftCode = 'left' | 'forbidden' | 'room_removed';

interface LeftPayload {
    readonly room: string;
    readonly code: LeftCode;
}

interface ListedMember {
    readonly user: string;
    readonly state?: unknown;
    readonly connections: readonly string[];
}

interface Position {
    readonly offset: number;
    readonly epoch: string;
    readonly tag: string;
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

type PresencePayload = PresenceNews & {
    readonly room: string;
};

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

interface Refreshed {
    readonly expiresIn?: number;
}

type RoomList = {
    readonly seq: number;
    readonly entries: readonly ListedMember[];
} | {
    readonly seq: number;
    readonly count: number;
};

declare const SUBPROTOCOL = "wshub";

type StreamResult<Reply> = unknown extends Reply ? Reply : Reply extends PromiseLike<unknown> ? Reply : Reply extends AsyncIterable<unknown, infer Result> ? AnyAsUnknown<Result> : Reply;

type StreamedValue<Reply> = unknown extends Reply ? unknown : Reply extends PromiseLike<unknown> ? never : Reply extends AsyncIterable<infer Value> ? Value : never;

declare const WITH_BYTES: unique symbol;

interface Welcome {
    readonly version: number;
    readonly connection: string;
    readonly user?: string;
    readonly expiresIn?: number;
    readonly pingInterval: number;
    readonly maxMessageSize: number;
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

declare function decodeBinaryEnvelope<Frame extends Uint8Array>(frame: Frame): BinaryEnvelope<Frame> | undefined;

declare function decodeEnvelope(text: string): Envelope | undefined;

declare function encode(value: unknown): string;

declare function encodeBinaryEnvelope(text: string, { buffer, byteOffset, byteLength }: Uint8Array): Uint8Array;

declare function encodeEnvelope(type: string, payload?: unknown, id?: string | number): string;

declare function encodeEvent(type: string, payload?: unknown, id?: string): string;

declare function encodeHubEvent<Type extends keyof HubEvents>(type: Type, payload: HubEvents[Type]): string;

declare function idIn(text: string): string | number | undefined;

declare function isAnswer(envelope: Envelope): boolean;

declare function isBinaryEnvelope(frame: Uint8Array): boolean;

declare function isFinal(code: number): boolean;

declare function isProtocolMessage({ type }: Envelope): boolean;

declare function isReserved(type: string): boolean;

declare function isSendable(code: number): boolean;

declare function isWithBytes(value: unknown): value is WithBytes;

declare function printable(text: string): string;

declare function quote(text: string): string;

declare function retryHint(reason: string): number | undefined;

declare function retryReason(ms: number): string;

declare function withBytes<Payload>(payload: Payload, bytes: Uint8Array): WithBytes<Payload>;

export type {
    BinaryEnvelope,
    CancelPayload,
    Envelope,
    ErrorPayload,
    GapPayload,
    GapReason,
    HelloPayload,
    HubCommands,
    HubEvents,
    HubRequests,
    Issue,
    JoinPayload,
    Joined,
    Jsonify,
    JsonifyMembers,
    LeavePayload,
    LeftCode,
    LeftPayload,
    ListedMember,
    Position,
    PresenceNews,
    PresencePayload,
    RecoverPayload,
    Recovered,
    RefreshPayload,
    Refreshed,
    RoomList,
    StreamResult,
    StreamedValue,
    Welcome,
    WireValue,
    WireValues,
};

export {
    CloseCode,
    SUBPROTOCOL,
    WITH_BYTES,
    WithBytes,
    assertBytes,
    decodeBinaryEnvelope,
    decodeEnvelope,
    encode,
    encodeBinaryEnvelope,
    encodeEnvelope,
    encodeEvent,
    encodeHubEvent,
    idIn,
    isAnswer,
    isBinaryEnvelope,
    isFinal,
    isProtocolMessage,
    isReserved,
    isSendable,
    isWithBytes,
    printable,
    quote,
    retryHint,
    retryReason,
    withBytes,
};
