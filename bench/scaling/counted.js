/** A broker that counts what goes through it and knows what is under way. */
export class Counted {
  received = 0
  published = 0
  topics = new Set()
  #broker
  #pending = new Set()

  constructor(broker) {
    this.#broker = broker
    this.presence = broker.presence && this.#watched(broker.presence)
    this.history = broker.history && {
      append: (topic, bytes, options) => this.#publish(() => broker.history.append(topic, bytes, options)),
      since: (topic, from, window) => broker.history.since(topic, from, window),
      restart: (topic) => broker.history.restart(topic),
    }
  }

  connect(deliver, events) {
    const count = (topic, bytes, position) => {
      this.received += 1
      deliver(topic, bytes, position)
    }
    return this.#broker.connect(count, events)
  }

  subscribe(topic) {
    this.topics.add(topic)
    return this.#watch(this.#broker.subscribe(topic))
  }

  unsubscribe(topic) {
    this.topics.delete(topic)
    return this.#watch(this.#broker.unsubscribe(topic))
  }

  publish(topic, bytes) {
    return this.#publish(() => this.#broker.publish(topic, bytes))
  }

  close() {
    return this.#broker.close()
  }

  /** Resolves once everything that was asked of the broker until now is answered. */
  async settled() {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  #publish(work) {
    this.published += 1
    return this.#watch(work())
  }

  #watched(presence) {
    const { lease } = presence
    const watch =
      (name) =>
      (...args) =>
        this.#watch(Promise.resolve(presence[name](...args)))
    return {
      lease,
      open: watch('open'),
      sync: watch('sync'),
      release: watch('release'),
      // These ask at intervals, also if nobody comes or goes.
      renew: (id) => presence.renew(id),
      living: () => presence.living(),
      check: (topics, keep) => presence.check(topics, keep),
      list: (topic) => presence.list(topic),
    }
  }

  #watch(promise) {
    this.#pending.add(promise)
    const done = () => this.#pending.delete(promise)
    promise.then(done, done)
    return promise
  }
}
