import {
    Client,
    EventsOf,
    ListenerOf,
    PresenceEntry,
    PresenceOf,
    RoomHolderOptions,
    Status,
} from './client.js';

import {
    Name,
    RoomView,
} from './client.shared.js';

declare function useConnectionStatus<Router>(client: Client<Router>): Status;

declare function useEvent<Router, Type extends Name<EventsOf<Router>>>(of: Client<Router> | RoomView<Router>, type: Type, listener: ListenerOf<EventsOf<Router>[Type]>): void;

declare function usePresence<Router>({ source }: RoomView<Router>): readonly PresenceEntry<PresenceOf<Router>>[];

declare function usePresenceCount<Router>({ source }: RoomView<Router>): number;

declare function useRoom<Router>(client: Client<Router>, name: string, options?: RoomHolderOptions): RoomView<Router>;

export {
    RoomView,
    useConnectionStatus,
    useEvent,
    usePresence,
    usePresenceCount,
    useRoom,
};
