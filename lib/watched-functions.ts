import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Delivery } from './delivery.ts'

/** The functions that the alarms and the dashboard look at. */
export interface WatchedFunctions {
  readonly connect: IFunction
  readonly disconnect: IFunction
  /** Those that push to recipients before they answer. */
  readonly senders: readonly IFunction[]
  /** That of the rooms. */
  readonly rooms: IFunction
  /** Its worker pushes to many. */
  readonly delivery: Delivery
  readonly authorizerFunction?: IFunction | undefined
  /** The HTTP door's, if there is one. */
  readonly publishFunction?: IFunction | undefined
}

/** Those that answer clients' messages. */
export function answeringFunctions({ senders, rooms }: WatchedFunctions): readonly IFunction[] {
  return [...senders, rooms]
}

/** Those whose errors are failures: to Lambda, a refusal of the authorizer is an error. */
export function failingFunctions(functions: WatchedFunctions): readonly IFunction[] {
  const { connect, disconnect, delivery, publishFunction } = functions
  const always = [connect, disconnect, ...answeringFunctions(functions), delivery.worker.function]
  return publishFunction ? [...always, publishFunction] : always
}

export function allFunctions(functions: WatchedFunctions): readonly IFunction[] {
  const { authorizerFunction } = functions
  const others = failingFunctions(functions)
  return authorizerFunction ? [authorizerFunction, ...others] : others
}
