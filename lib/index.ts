export { Switchboard, type SwitchboardProps } from './switchboard.ts'
export { SwitchboardStack, type SwitchboardStackProps } from './switchboard-stack.ts'
