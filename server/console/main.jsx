// GraphiQL for this server: its examples as tabs, the demo's API key filled in where there is one.
import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { GraphiQL } from 'graphiql'
import { useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import './editor.js'
import './console.css'
import { exampleTabs } from './examples.js'
import { idsOfMutation, knownIds, learnFirstIds, learnIds, withNewIds } from './ids.js'
import { openingTabs } from './tabs.js'

const root = document.getElementById('graphiql')
const workerUrls = { ...root.dataset }

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(workerUrls[`${label}Worker`] ?? workerUrls.editorWorker, { type: 'module' }),
}

function CarryIds() {
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'))
  const { moveTab } = useGraphiQLActions()
  const active = tabs[activeTabIndex]
  useEffect(() => {
    const found = idsOfMutation(active?.query, active?.response)
    const known = knownIds()
    if (!Object.keys(found).some((kind) => found[kind] !== known[kind])) return
    learnIds(found)
    // GraphiQL's one public way to set tabs other than the active one, which has to stay the same object.
    moveTab(tabs.map((tab) => (tab === active ? tab : { ...tab, variables: withNewIds(tab.variables, known, found) })))
  }, [active?.response])
  return null
}

const settings = await (await fetch('/graphiql/settings.json')).json()
const authorization = { Authorization: `Bearer ${settings.apiKey ?? 'YOUR_API_KEY'}` }
const headers = JSON.stringify(authorization, null, 2)
const demoHeaders = settings.apiKey ? authorization : undefined

const url = new URL(settings.url, location.href)
const send = createGraphiQLFetcher({
  url: url.href,
  subscriptionUrl: url.href.replace(/^http/, 'ws'),
})
// GraphiQL asks for the schema before its headers editor is there.
const fetcher = (params, options) => send(params, { ...options, headers: options?.headers ?? demoHeaders })

if (demoHeaders) await learnFirstIds(fetcher).catch(() => {})

createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    {...openingTabs(exampleTabs(headers), headers)}
    defaultHeaders={headers}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders
    showPersistHeadersSettings
  >
    <GraphiQL.Logo>Billgraph</GraphiQL.Logo>
    <CarryIds />
  </GraphiQL>,
)
