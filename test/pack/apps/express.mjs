import { Hub, Router } from '@wshub/core'
import { attach, upgrade } from '@wshub/express'
import express from 'express'

const router = new Router().handle('add', ({ payload }) => payload.reduce((sum, value) => sum + value, 0))
const app = express()
app.use((_request, response, next) => next(void response.set('x-app', 'express')))
app.get('/ws', upgrade(new Hub({ router })))
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
attach(server)
