import { defineBrokerSuite, MemoryNetwork } from '../src/testing/index.js'

defineBrokerSuite('in memory', {
  open: () => {
    const network = new MemoryNetwork()
    return { broker: () => network.broker(), crash: (broker) => network.crash(broker) }
  },
})
