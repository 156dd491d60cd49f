export { subscriptionChange } from './subscription-change.ts';
export { audit } from './audit.ts';
