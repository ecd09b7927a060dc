// Which tabs GraphiQL opens with: those this browser kept, else the examples; each with its headers.
const KEPT_TABS = 'graphiql:tabState'
const KEEPS_HEADERS = 'graphiql:shouldPersistHeaders'

// GraphiQL keeps tabs without their headers, and an API key should not lie in localStorage unless its
// owner ticks the box in the settings: so headers are filled in again on each visit.
export function openingTabs(examples, headers) {
  if (localStorage.getItem(KEEPS_HEADERS) === null) localStorage.setItem(KEEPS_HEADERS, 'false')
  const kept = keptTabs(headers)
  const active = kept ? kept.tabs[kept.activeTabIndex] : examples[0]
  return {
    defaultTabs: examples,
    initialQuery: active?.query ?? '',
    initialVariables: active?.variables ?? '',
    initialHeaders: active?.headers ?? headers,
  }
}

function keptTabs(headers) {
  try {
    const state = JSON.parse(localStorage.getItem(KEPT_TABS))
    for (const tab of state.tabs) tab.headers ??= headers
    localStorage.setItem(KEPT_TABS, JSON.stringify(state))
    return state
  } catch {
    return null // Nothing kept, or nothing readable.
  }
}
