import { everyRefund } from './every-refund.mjs'

everyRefund('Next.js', { folder: 'nextjs', command: ['../node_modules/next/dist/bin/next', 'start', '-p', '0'] })
