export { connect, type ConnectOptions, openSocket, type TestTarget } from './connect.js'
export { HandshakeRefused, type Received, type ReceivedEnvelope, type SendOptions, type TestClient } from './client.js'
export { isIoFaked } from './real-timers.js'
export type { TestSocket } from './test-socket.js'
export { MemoryNetwork } from './network.js'
export {
  type BrokerStage,
  type BrokerSuiteOptions,
  type BrokerCapability,
  defineBrokerSuite,
} from './broker-suite/index.js'
export type { SuiteRunner } from './suite-runner.js'
export { type AdapterSuiteOptions, defineAdapterSuite } from './adapter-suite/index.js'
export type {
  AdapterApp,
  AdapterCapability,
  AdapterReply,
  AdapterRequest,
  AdapterRoute,
  AdapterScope,
  AdapterServer,
  AdapterStep,
  AdapterUpgrade,
  AppendHeader,
} from './adapter-suite/adapter-app.js'
