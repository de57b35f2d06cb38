'use strict'

// Run by `node --test`, as the tests of an app are.

const { deepEqual, equal, rejects } = require('node:assert/strict')
const { after, test } = require('node:test')
const { Hub } = require('@wshub/core')
const { connect } = require('@wshub/core/testing')
const { apps } = require('./apps.cjs')

const hub = new Hub({ onMessage: (connection, data) => connection.send(data) })
const building = Promise.resolve(apps[process.env.FRAMEWORK](hub))

const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Pipe(Server)?Wrap$/.test(name))
const before = sockets()

void test('a client talks, and no port is opened', async () => {
  const { target } = await building
  const client = await connect(target, '/ws')
  client.send('hi')
  equal(await client.next(), 'hi')
  deepEqual(sockets(), before)
  equal((await client.close()).code, 1000)
})

void test('a refusal is told', async () => {
  const { target } = await building
  await rejects(connect(target, '/nowhere'), { status: 404 })
})

void test('a client that nobody closes keeps nobody waiting', async () => {
  const { target } = await building
  const client = await connect(target, '/ws')
  client.send('still here')
  equal(await client.next(), 'still here')
})

after(() => deepEqual(sockets(), before))
