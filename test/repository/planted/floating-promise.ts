// The linter must refuse this file: see ../linter.test.ts.
const client = { send: (): Promise<void> => Promise.resolve() }

export function forget(): void {
  client.send()
}
