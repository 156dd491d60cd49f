/** Who may import whom. A folder may always import itself; whatever is not written here is forbidden, and so is what is not used. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  telecom: [],
  workflows: ['telecom'],
  activities: ['telecom', 'workflows'],
  simulators: ['telecom'],
  gateway: ['telecom'],
  cli: ['telecom', 'workflows', 'temporal.config.ts'],
  workers: ['telecom', 'workflows', 'activities', 'simulators', 'gateway', 'cli', 'temporal.config.ts'],
  scripts: ['workers', 'activities', 'cli', 'telecom', 'workflows', 'temporal.config.ts'],
};
