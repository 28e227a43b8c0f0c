import { mkdirSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { corpus } from "./corpus.ts"

// node test/mime/writeCorpus.ts: writes the messages of the table as files, for other programs and for eyes
const folder = fileURLToPath(new URL("corpus", import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, { raw }] of Object.entries(corpus)) writeFileSync(`${folder}/${name}.eml`, raw)
