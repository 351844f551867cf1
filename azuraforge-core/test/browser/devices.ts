/** The devices of a page, as the package opens them by itself. */
export const DEVICES = ['wasm'];

export function registerDevices(): void {
  // They are known already.
}
