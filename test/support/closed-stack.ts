import { onTestFinished } from 'vitest'
import { issueLocalCertificate, startIssuer, type Issuer, type Local } from '../../local/index.ts'
import { editedAssembly, setVariable, type Template } from './edited-assembly.ts'
import { startStack } from './stack.ts'

/** The audience of the closed assembly's tokens. */
export const AUDIENCE = 'switchboard'

/** The page that it lets in. */
export const PAGE = 'https://app.example'

/** The project's stack with its door closed, and the issuer whose tokens open it. */
export interface ClosedStack {
  readonly local: Local
  readonly issuer: Issuer
  close(): Promise<void>
}

/** @param edit changes the template in place */
export async function startClosedStack(
  assembly: string,
  edit: (template: Template) => void = () => {},
): Promise<ClosedStack> {
  const certificate = await issueLocalCertificate()
  const issuer = await startIssuer(certificate)
  const edited = editedAssembly(assembly, (template) => {
    setVariable(template, 'JWT_ISSUER', issuer.url)
    edit(template)
  })
  const local = await startStack({ assembly: edited, certificate })
  const close = async (): Promise<void> => {
    try {
      await local.close()
    } finally {
      await issuer.close()
    }
  }
  return { local, issuer, close }
}

/** The same for one test, which it ends with. */
export async function closedStackOfTest(
  ...args: Parameters<typeof startClosedStack>
): Promise<ClosedStack> {
  const stack = await startClosedStack(...args)
  onTestFinished(() => stack.close())
  return stack
}

/** How often `$connect` has run. */
export function connectRuns({ trace }: Local): number {
  const names = trace.ofKind('invocation').map(({ functionName }) => functionName)
  return names.filter((name) => name.includes('RealtimeConnectFunction')).length
}

/** All that the functions have written to their logs. */
export function logOf({ trace }: Local): string {
  return trace
    .ofKind('log')
    .map(({ line }) => line)
    .join('\n')
}
