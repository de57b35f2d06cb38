// The part of React 18 and 19 that the hooks use. The types of React itself are not needed to build or use them.
declare module 'react' {
  export function useEffect(effect: () => (() => void) | void, dependencies?: readonly unknown[]): void
  export function useMemo<Value>(create: () => Value, dependencies: readonly unknown[]): Value
  export function useRef<Value>(initial: Value): { current: Value }
  export function useSyncExternalStore<Snapshot>(
    subscribe: (onChange: () => void) => () => void,
    getSnapshot: () => Snapshot,
    getServerSnapshot: () => Snapshot,
  ): Snapshot
}
