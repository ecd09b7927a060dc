// Bundles GraphiQL and its editor into ../static/graphiql, so that the server needs no Node and the page no other host.
import { build } from 'esbuild'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, '../static/graphiql')
const workers = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
}

const adjustments = {
  name: 'adjustments',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/vs\/editor\/edcore\.main\.js$/ }, () => ({ path: join(here, 'editor.js') }))
    // Prettier's JavaScript parser (half a megabyte) only indents JSON here; jsonc-parser is on board anyway.
    onLoad({ filter: /@graphiql\/react\/dist\/utility\/jsonc\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /async function formatJSONC[\s\S]*?\n}\n/,
        `import { applyEdits, format } from 'jsonc-parser'
        async function formatJSONC(text) {
          return applyEdits(text, format(text, undefined, { tabSize: 2, insertSpaces: true }))
        }\n`,
      ),
    }))
    // An icon's accessible name comes from the name of its function, which minifying takes away.
    onLoad({ filter: /@graphiql\/react\/dist\/icons\/[^/]+\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /export { (\w+) as default }/,
        (exported, name) => `Object.defineProperty(${name}, 'name', { value: '${name}' })\n${exported}`,
      ),
    }))
  },
}

await rm(target, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: { main: join(here, 'main.jsx'), ...workers },
  absWorkingDir: here,
  outdir: target,
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  jsx: 'automatic',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.ttf': 'file', '.graphql': 'text', '.json': 'text' },
  plugins: [adjustments],
  metafile: true,
  logLevel: 'warning',
})

// The styles of the parts that load late are in the main stylesheet already.
for (const file of await readdir(target)) if (/^part-.*\.css$/.test(file)) await rm(join(target, file))
await writeFile(join(target, 'index.html'), page(metafile))
await writeFile(join(target, 'LICENSES.txt'), await licences(metafile))

function page({ outputs }) {
  const name = (start, end) => Object.keys(outputs).map((path) => basename(path)).find((file) => file.startsWith(start + '-') && file.endsWith(end))
  const url = (start, end) => `/static/graphiql/${name(start, end)}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>GraphiQL · Billgraph</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="${url('main', '.css')}">
<script type="module" src="${url('main', '.js')}"></script>
<body>
<div id="graphiql"${Object.keys(workers).map((kind) => ` data-${kind}-worker="${url(kind, '.js')}"`).join('')}>
<p class="starting">Starting GraphiQL…</p>
<noscript><p class="starting">GraphiQL needs JavaScript. The API itself doesn't: POST to /graphql.</p></noscript>
</div>
`
}

async function licences({ inputs }) {
  const packages = new Set(Object.keys(inputs).map((path) => path.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean))
  const texts = await Promise.all([...packages].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, 'package.json')))
    const files = (await readdir(join(here, folder))).filter((entry) => /^(licen[cs]e|thirdpartynotices)/i.test(entry))
    const texts = await Promise.all(files.map((file) => readFile(join(here, folder, file), 'utf8')))
    return [`${name} ${version} (${license})`, '-'.repeat(72), ...texts.map((text) => text.trim()), ''].join('\n')
  }))
  return `What is bundled in this folder, with its licences.\n\n${texts.join('\n\n')}`
}
