import { App } from 'aws-cdk-lib'
import { readContext, SwitchboardStack } from '../lib/index.ts'

const app = new App()
new SwitchboardStack(app, 'Switchboard', {
  description: 'Real-time messages over WebSocket, without storing where a client lives',
  ...readContext(app.node),
})
