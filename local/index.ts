export type { Credentials } from './access/identities.ts'
export { Clock, type Duration } from './clock.ts'
export type { ConsoleTokens } from './console/api.ts'
export type { ConsoleFile, ConsoleOptions } from './console/console.ts'
export { AssemblyError, UnsupportedError } from './errors.ts'
export type { FaultPlan } from './faults/rules.ts'
export { issueLocalCertificate, type LocalCertificate } from './gateway/local-certificate.ts'
export type { Quotas } from './gateway/throttles.ts'
export { startIssuer, type Issuer } from './issuer.ts'
export {
  startLocal,
  type Local,
  type QueuedMessage,
  type StartLocalOptions,
  type StoredItem,
} from './start-local.ts'
export { newAssemblyDirectory, synthesize } from './synthesize.ts'
export { Trace, type TraceEntry } from './trace.ts'
