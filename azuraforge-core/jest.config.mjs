export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/vulkan.ts',
  // By default Jest leaves one processor alone, and runs all in one process where there are two.
  maxWorkers: 2,
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
