declare module 'bee-queue/lib/lua/index.js' {
  const scripts: {
    /** Loads every script that the server behind `client` does not have. */
    buildCache(client: unknown): Promise<unknown>;
  };
  export default scripts;
}
