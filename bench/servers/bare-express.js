import { createExpress } from './apps/express.js'
import { createBareServer } from './bare.js'
import { listen } from './host.js'

const app = createExpress()
app.get('/ws/:room', (_, response) => response.status(101).end())
listen(createBareServer(app, app.response))
