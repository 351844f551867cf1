const WANTED = [20, 19];

/** Ends with a sentence when this Node is too old; must come before anything newer is imported. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1])) return;
  console.error(
    `AzuraForge needs Node ${WANTED.join('.')} or newer; this is ${version}. Install a current one from https://nodejs.org.`,
  );
  process.exit(1);
}
