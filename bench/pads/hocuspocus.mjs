// `node hocuspocus.mjs PORT [FILE]`: Hocuspocus as it comes, which stores nothing, or documents in a file of SQLite.

import { SQLite } from '@hocuspocus/extension-sqlite'
import { Server } from '@hocuspocus/server'

const [port, database] = process.argv.slice(2)
await new Server({
  port: Number(port), address: '127.0.0.1', quiet: true, extensions: database ? [new SQLite({ database })] : []
}).listen()
