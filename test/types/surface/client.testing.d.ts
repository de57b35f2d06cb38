import {
    TestTarget,
} from '@wshub/core/testing';

import {
    WebSocketClass,
} from './client.js';

declare function socketsTo(target: TestTarget, { headers }?: {
    readonly headers?: Readonly<Record<string, string>> | undefined;
}): WebSocketClass;

export {
    socketsTo,
};
