import {
    TestTarget,
} from '@wshub/core/testing';

type Bytes = ReturnType<Uint8Array['slice']>;

type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

interface WebSocketLike {
    binaryType: string;
    readonly protocol: string;
    readonly bufferedAmount: number;
    addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void;
    send(data: string | Bytes): void;
    close(code?: number, reason?: string): void;
}

declare function socketsTo(target: TestTarget, { headers }?: {
    readonly headers?: Readonly<Record<string, string>> | undefined;
}): WebSocketClass;

export {
    socketsTo,
};
