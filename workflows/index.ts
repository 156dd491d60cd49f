export { subscriptionChange } from './subscription-change.ts';
export { audit } from './audit.ts';
export { readCard } from './read-card.ts';
