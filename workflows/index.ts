export { subscriptionChange } from './change/subscription-change.ts';
export { reconciliation } from './reconciliation/reconciliation.ts';
export { readCard } from './reading/read-card.ts';
