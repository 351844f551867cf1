/** This package's version, as it stands in package.json; model.json records it. */
export const VERSION = '0.1.0';
