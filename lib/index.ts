export type { JwtAuthorizer } from './authorizer-settings.ts'
export { readContext } from './context.ts'
export { Switchboard, type SwitchboardProps } from './switchboard.ts'
export { SwitchboardStack, type SwitchboardStackProps } from './switchboard-stack.ts'
