'use strict'

// One small app per framework that uses the built packages.

const { createServer } = require('node:http')

function express(framework) {
  return (hub, describe) => {
    const { attach, upgrade } = require('@wshub/express')
    const app = require(framework)()
    app.get('/ws', upgrade(hub, describe))
    const server = createServer(app)
    attach(server)
    return serving(server, hub, app)
  }
}

function koa(framework) {
  return (hub, describe) => {
    const { attach, upgrade } = require('@wshub/koa')
    const { Router } = require('@koa/router')
    const app = new (require(framework))()
    app.use(new Router().get('/ws', upgrade(hub, describe)).routes())
    const server = createServer(app.callback())
    attach(server)
    return serving(server, hub, app.callback())
  }
}

async function fastify(hub, describe) {
  const wshub = require('@wshub/fastify')
  const app = require('fastify')()
  await app.register(wshub)
  app.get('/ws', { websocket: true }, wshub.upgrade(hub, describe))
  await app.ready()
  return {
    target: app.server,
    listen: () => app.listen({ port: 0, host: '127.0.0.1' }),
    port: () => app.server.address().port,
    stop: () => app.close(),
  }
}

function serving(server, hub, target) {
  return {
    target,
    listen: () => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve)),
    port: () => server.address().port,
    async stop() {
      server.close()
      await hub.close({ within: 10_000 })
    },
  }
}

/** What to connect to in a test, how to listen, and how to stop. */
exports.apps = {
  'express 4': express('express4'),
  'express 5': express('express'),
  'koa 2': koa('koa2'),
  'koa 3': koa('koa3'),
  'fastify 5': fastify,
}
