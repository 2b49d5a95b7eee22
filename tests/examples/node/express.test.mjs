import { everyRefund } from './every-refund.mjs'

everyRefund('Express', { folder: 'express', command: ['server.js'] })
