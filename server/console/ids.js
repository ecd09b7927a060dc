// Carries the ids that one tab's answer brings into the variables of the other tabs.
const STORAGE_KEY = 'billgraph:ids'
const UNKNOWN = { cus: 'cus_…', inv: 'inv_…' }

// The newest id of each kind that this browser has seen: what the other tabs' variables hold now.
export function knownIds() {
  try {
    return { ...UNKNOWN, ...JSON.parse(localStorage.getItem(STORAGE_KEY)) }
  } catch {
    return UNKNOWN
  }
}

export function learnIds(found) {
  localStorage.setItem(STORAGE_KEY, JSON.stringify({ ...knownIds(), ...found }))
}

// On a first visit to a server that holds something already: any customer, any open invoice.
export async function learnFirstIds(ask) {
  if (localStorage.getItem(STORAGE_KEY)) return
  const { data } = await ask({
    query: '{ customers(first: 1) { nodes { id } } invoices(first: 1, filter: { status: [OPEN] }) { nodes { id } } }',
  })
  const [customer, invoice] = [data?.customers?.nodes[0], data?.invoices?.nodes[0]]
  learnIds({ ...(customer && { cus: customer.id }), ...(invoice && { inv: invoice.id }) })
}

// Ids of the objects that a mutation made or changed; a query's are left alone, since it may list a hundred.
export function idsOfMutation(query, response) {
  if (!/^\s*mutation\b/m.test(query ?? '')) return {}
  const found = {}
  for (const payload of Object.values(parsed(response).data ?? {})) {
    for (const made of Object.values(payload ?? {})) {
      const [, kind] = /^(cus|inv)_[0-9a-f]{32}$/.exec(made?.id) ?? []
      if (kind) found[kind] = made.id
    }
  }
  return found
}

export function withNewIds(text, known, found) {
  return Object.entries(found).reduce((changed, [kind, id]) => changed?.replaceAll(known[kind], id), text)
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}
