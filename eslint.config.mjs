import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const NODE_BUILT_INS = {
  group: ['node:*', 'zod', 'zod/*'],
  message: 'workflow code is deterministic and lean: no Node built-ins, no zod',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.engines/', '.data/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/max-params': ['error', { max: 3 }],
      // Numbers in a template read as they are; everything else has to say how it becomes text.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `void` marks a promise that is meant to run beside; an arrow may hand on the nothing of what it calls.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
    },
  },
  { files: ['workflows/**/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [NODE_BUILT_INS] }] } },
  {
    // A list of what globalSetup hands to globalTeardown can only be declared so.
    files: ['test/support/global-setup.ts'],
    rules: { 'no-var': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
  },
);
