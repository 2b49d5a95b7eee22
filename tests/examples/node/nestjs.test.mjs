import { everyRefund } from './every-refund.mjs'

everyRefund('NestJS', { folder: 'nestjs', command: ['dist/main.js'] })
