export { connect, type ConnectOptions, openSocket, type TestTarget } from './connect.js'
export { HandshakeRefused, type TestClient } from './client.js'
export { MemoryNetwork } from './network.js'
export {
  type BrokerStage,
  type BrokerSuiteOptions,
  type BrokerSuiteRunner,
  type Capability as BrokerCapability,
  defineBrokerSuite,
} from './broker-suite/index.js'
