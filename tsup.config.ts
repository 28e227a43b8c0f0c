import { existsSync } from "node:fs"
import { defineConfig } from "tsup"

/** The folders of `src` that consumers import by name; each has an `index.ts` and stands in `exports` of package.json. */
const entries = ["memory", "kysely", "smtp", "eml", "dns", "argon2", "files", "mime", "testing"]

export default defineConfig({
  entry: Object.fromEntries(
    ["index", ...entries.map((name) => `${name}/index`)]
      .map((name) => [name, `src/${name}.ts`] as const)
      .filter(([, file]) => existsSync(file))
  ),
  format: "esm",
  target: "node22",
  platform: "node",
  // node:sqlite exists under no other name
  removeNodeProtocol: false,
  // tsup's own declarations need a compiler API that TypeScript 7 does not ship; `npm run build` calls tsc for them
  dts: false,
  sourcemap: true,
  clean: true
})
