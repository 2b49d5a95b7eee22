import { everyRefund } from './every-refund.mjs'

everyRefund('Fastify', { folder: 'fastify', command: ['server.js'] })
