// npm run bench -- NAME [options]: one file for each claim about speed.
import { broadcast } from './broadcast.ts'

const HELP = `Measures what this project claims about its speed.

  npm run bench -- broadcast [options]

  broadcast        messages to everyone through the local gateway and the real functions, with
                   signatures and roles checked
    --clients N    how many are connected (default 500)
    --seconds N    how long to measure (default 10)
    --assembly DIR a synthesized assembly in place of this folder's app

  --json           nothing but the result, as JSON on the last line
  --help           this text
`

const BENCHES = new Map([['broadcast', broadcast]])

const [name = 'broadcast', ...options] = process.argv.slice(2).filter((part) => part !== '--json')
const json = process.argv.includes('--json')
const bench = BENCHES.get(name)
if (name === '--help' || options.includes('--help')) console.log(HELP)
else if (bench) console.log(await bench(options, json))
else {
  console.error(`There is no bench ${name}.\n\n${HELP}`)
  process.exitCode = 2
}
