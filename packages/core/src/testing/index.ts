export { connect, type ConnectOptions, type TestTarget } from './connect.js'
export { HandshakeRefused, type TestClient } from './client.js'
