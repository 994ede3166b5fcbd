const WIDTH = 30

/** Shows how far something is, where a person watches. Call it with 0 to 1; at 1 it goes away. */
export function progressBar(what: string): (share: number) => void {
  if (!process.stderr.isTTY) return () => {}
  return (share) => {
    const done = Math.round(Math.min(1, share) * WIDTH)
    const bar = '█'.repeat(done).padEnd(WIDTH, '░')
    process.stderr.write(share >= 1 ? '\r\u001b[K' : `\r${bar} ${what}`)
  }
}
