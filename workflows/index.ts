export { subscriptionChange } from './subscription-change.ts';
