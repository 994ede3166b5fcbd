import type { Stack } from 'aws-cdk-lib'
import { Code, Function as LambdaFunction, Runtime, type IFunction } from 'aws-cdk-lib/aws-lambda'
import { Switchboard } from '../../lib/index.ts'
import type { DashboardProps } from '../../lib/dashboard.ts'
import { stackWith } from './synthesize.ts'

/** A stack with a Switchboard, and all that can be watched, an authorizer too; but no HTTP door. */
export function watchable(): {
  readonly stack: Stack
  readonly parts: Required<Omit<DashboardProps, 'alarms' | 'publishFunction'>>
} {
  const stack = stackWith({})
  const { stage, delivery } = new Switchboard(stack, 'Realtime', {
    authorizer: null,
    alarms: false,
    dashboard: false,
  })
  const named = (name: string): IFunction =>
    new LambdaFunction(stack, name, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = () => {}'),
    })
  const parts = {
    stage,
    delivery,
    connect: named('connect'),
    disconnect: named('disconnect'),
    senders: [named('sendmessage'), named('default')],
    rooms: named('rooms'),
    authorizerFunction: named('authorize'),
  }
  return { stack, parts }
}

/** The function that reads the queue, in that stack's template. */
export const WORKER = 'RealtimeDeliveryDeliverFunction'

/** `connect`, of a reference `${connect0123ABCD}`. */
export function nameIn(reference: unknown): string {
  return String(reference).replace(/^\$\{(\w+)[0-9A-F]{8}\}$/, '$1')
}
