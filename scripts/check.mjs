/** `npm run check`: types, lint, format, dead code and package hygiene, of every sibling. */
import { join } from 'node:path';
import { elapsed, run } from './command.mjs';
import { prepare } from './prepare.mjs';
import { root, siblings } from './workspaces.mjs';

await prepare();

const bin = (name) => join(root, 'node_modules', '.bin', name);
const checks = [
  { name: 'lint', command: bin('oxlint'), args: ['--deny-warnings'] },
  { name: 'format', command: bin('oxfmt'), args: ['--check', '.'] },
  { name: 'dead code', command: bin('knip'), args: [] },
  ...siblings().flatMap(({ folder, manifest }) => [
    { name: `types of ${folder}`, command: 'npm', args: ['run', '--silent', 'typecheck'], folder },
    { name: `package ${folder}`, command: bin('publint'), args: ['--strict', folder] },
    ...(manifest.exports?.['.']
      ? [
          {
            name: `type exports of ${folder}`,
            command: bin('attw'),
            args: ['--pack', folder, '--profile', 'esm-only'],
          },
        ]
      : []),
  ]),
];

let failures = 0;
for (const check of checks) {
  const start = performance.now();
  const { code, output } = await run(check.command, check.args, { cwd: join(root, check.folder ?? '.') });
  console.log(`${code === 0 ? '✓' : '✗'} ${check.name} (${elapsed(start)})`);
  if (code === 0) continue;
  failures += 1;
  console.log(output.trimEnd());
}
console.log(failures === 0 ? 'All checks passed.' : `${failures} of ${checks.length} checks failed.`);
process.exitCode = failures === 0 ? 0 : 1;
