export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/vulkan.ts',
  // The reference device takes its time over the sizes at which products are compared, above all on a busy machine.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript' },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
