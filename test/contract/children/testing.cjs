'use strict'

// Run by `node --test`, like the tests of an app.

const { deepEqual, equal, rejects } = require('node:assert/strict')
const { after, test } = require('node:test')
const { Hub } = require('@wshub/core')
const { connect } = require('@wshub/core/testing')
const { apps } = require('./apps.cjs')

const hub = new Hub({ onMessage: (connection, data) => connection.send(data) })
const building = Promise.resolve(apps[process.env.FRAMEWORK](hub))

const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Pipe(Server)?Wrap$/.test(name))
const before = sockets()

void test('connect() exchanges messages without opening a port', async () => {
  const { target } = await building
  const client = await connect(target, '/ws')
  client.send('hi')
  equal(await client.next(), 'hi')
  deepEqual(sockets(), before)
  equal((await client.close()).code, 1000)
})

void test('connect() rejects with the status of a refusal', async () => {
  const { target } = await building
  await rejects(connect(target, '/nowhere'), { status: 404 })
})

void test('a client that is not closed does not keep the process alive', async () => {
  const { target } = await building
  const client = await connect(target, '/ws')
  client.send('still here')
  equal(await client.next(), 'still here')
})

after(() => deepEqual(sockets(), before))
