export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/vulkan.ts',
  // Trainings share their cores with whatever else runs; a slow machine is not a failure.
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
