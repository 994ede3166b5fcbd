// npm run bench -- NAME [options]: one file for each claim about speed.
import { broadcast } from './broadcast.ts'
import { coldstart } from './coldstart.ts'
import { cost } from './cost.ts'
import { fanout } from './fanout.ts'

const HELP = `Measures what this project claims about its speed.

  npm run bench -- NAME [options]   (broadcast when there is no name)

  broadcast        messages to everyone through the local gateway and the real functions, with
                   signatures and roles checked
    --clients N    how many are connected (default 500)
    --seconds N    how long to measure (default 10)

  fanout           CPU of a delivery: by the SDK's client, by push, and of the same requests without
                   signatures
    --deliveries N how many in a round, and five times as many without the SDK (default 2000)
    --rounds N     how many, after one that is not counted (default 7)

  coldstart        the import of every function's bundle, beside CDK's default bundle of it
    --runs N       imports of each (default 15)

  cost             what AWS would bill for a connect, a message, a broadcast: operations and dollars
    --clients N,M  how many a broadcast goes to (default 2,10,100,500)
    --dynamodb URL another DynamoDB in place of the one in memory

  --assembly DIR   a synthesized assembly in place of this folder's app
  --json           nothing but the result, as JSON on the last line
  --help           this text
`

const BENCHES = new Map([
  ['broadcast', broadcast],
  ['coldstart', coldstart],
  ['cost', cost],
  ['fanout', fanout],
])

const [name = 'broadcast', ...options] = process.argv.slice(2).filter((part) => part !== '--json')
const json = process.argv.includes('--json')
const bench = BENCHES.get(name)
if (name === '--help' || options.includes('--help')) console.log(HELP)
else if (bench) console.log(await bench(options, json))
else {
  console.error(`There is no bench ${name}.\n\n${HELP}`)
  process.exitCode = 2
}
