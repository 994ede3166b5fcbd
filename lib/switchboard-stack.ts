import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Switchboard, type SwitchboardProps } from './switchboard.ts'

export interface SwitchboardStackProps extends StackProps, SwitchboardProps {}

/** One Switchboard in a stack of its own, with its addresses as outputs. */
export class SwitchboardStack extends Stack {
  readonly switchboard: Switchboard

  constructor(scope: Construct, id: string, props: SwitchboardStackProps) {
    super(scope, id, props)
    this.addMetadata('Local::Examples', EXAMPLES)
    this.switchboard = new Switchboard(this, 'Realtime', props)
    new CfnOutput(this, 'WebSocketUrl', {
      value: this.switchboard.webSocketUrl,
      description: 'Where clients connect',
    })
    new CfnOutput(this, 'CallbackUrl', {
      value: this.switchboard.callbackUrl,
      description: 'The @connections endpoint, for backends that push',
    })
    new CfnOutput(this, 'DeliveryQueueUrl', {
      value: this.switchboard.delivery.queue.queueUrl,
      description: 'Where backends publish: npx switchboard publish --queue-url',
    })
    if (this.switchboard.publishDoor) {
      new CfnOutput(this, 'PublishUrl', {
        value: this.switchboard.publishDoor.url.url,
        description: 'Where backends publish over HTTP, with a signature of IAM',
      })
    }
    if (!this.switchboard.domain || props.domain?.hostedZone) return
    new CfnOutput(this, 'DomainTarget', {
      value: this.switchboard.domain.target,
      description: 'What a CNAME record of the domain has to lead to',
    })
  }
}

/** What the banner of `npm start` suggests to type, of any stack that has it in its metadata. */
const EXAMPLES = [
  { type: '{"action":"ping"}', does: 'your own connectionId' },
  { type: '{"action":"sendmessage","data":"hi"}', does: 'to everyone' },
  { type: 'BROADCAST:hi', does: 'the same, as text' },
  { type: '{"action":"sendmessage","to":"<connectionId>","data":"hi"}', does: 'to one' },
  { type: 'PRIVATE:<connectionId>:hi', does: 'the same, as text' },
  { type: '{"action":"join","room":"lobby"}', does: 'to have what is sent to a room' },
  { type: '{"action":"sendmessage","to":{"room":"lobby"},"data":"hi"}', does: 'to a room' },
]
