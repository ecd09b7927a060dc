// The tabs that GraphiQL opens with: one invoice's story, each step ready to run.
import createCustomer from './examples/1-create-customer.graphql'
import createCustomerVariables from './examples/1-create-customer.json'
import preview from './examples/2-preview.graphql'
import previewVariables from './examples/2-preview.json'
import issue from './examples/3-issue.graphql'
import issueVariables from './examples/3-issue.json'
import send from './examples/4-send.graphql'
import sendVariables from './examples/4-send.json'
import list from './examples/5-list.graphql'
import listVariables from './examples/5-list.json'
import voiding from './examples/6-void.graphql'
import voidingVariables from './examples/6-void.json'
import { knownIds } from './ids.js'

const steps = [
  [createCustomer, createCustomerVariables],
  [preview, previewVariables],
  [issue, issueVariables],
  [send, sendVariables],
  [list, listVariables],
  [voiding, voidingVariables],
]

export function exampleTabs(headers) {
  const ids = knownIds()
  return steps.map(([query, variables]) => ({
    query: query.trim(),
    variables: variables
      .trim()
      .replace('IN_30_DAYS', inDays(30))
      .replace('CUSTOMER_ID', ids.cus)
      .replace('INVOICE_ID', ids.inv),
    headers,
  }))
}

function inDays(days) {
  const day = new Date()
  day.setDate(day.getDate() + days)
  return day.toLocaleDateString('sv') // Swedish writes a date as YYYY-MM-DD, in local time.
}
