// The tabs that GraphiQL opens with: one invoice's story, each step ready to run.
import createCustomer from './examples/1-create-customer.graphql'
import createCustomerVariables from './examples/1-create-customer.json'
import draft from './examples/2-draft.graphql'
import draftVariables from './examples/2-draft.json'
import finalize from './examples/3-finalize.graphql'
import finalizeVariables from './examples/3-finalize.json'
import send from './examples/4-send.graphql'
import sendVariables from './examples/4-send.json'
import pay from './examples/5-pay.graphql'
import payVariables from './examples/5-pay.json'
import credit from './examples/6-credit.graphql'
import creditVariables from './examples/6-credit.json'
import list from './examples/7-list.graphql'
import listVariables from './examples/7-list.json'
import { knownIds } from './ids.js'

const steps = [
  [createCustomer, createCustomerVariables],
  [draft, draftVariables],
  [finalize, finalizeVariables],
  [send, sendVariables],
  [pay, payVariables],
  [credit, creditVariables],
  [list, listVariables],
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
