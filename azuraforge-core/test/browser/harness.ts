import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';
import * as chai from 'chai';

/** The few words of Jest that the suites use, in a page. */
type Body = () => unknown;
/** A body that is given the arguments of its row. */
type RowBody = (...args: never[]) => unknown;

interface Case {
  readonly name: string;
  readonly run: Body;
}

interface Suite {
  readonly name: string;
  readonly beforeAll: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
  readonly afterAll: Body[];
  readonly entries: (Suite | Case)[];
}

export interface Outcome {
  readonly passed: string[];
  readonly failed: { name: string; message: string }[];
}

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const { expect } = chai;

let suite = newSuite('');

function newSuite(name: string): Suite {
  return { name, beforeAll: [], beforeEach: [], afterEach: [], afterAll: [], entries: [] };
}

export const beforeAll = (body: Body): unknown => suite.beforeAll.push(body);
export const beforeEach = (body: Body): unknown => suite.beforeEach.push(body);
export const afterEach = (body: Body): unknown => suite.afterEach.push(body);
export const afterAll = (body: Body): unknown => suite.afterAll.push(body);

export function describe(name: string, body: Body): void {
  const outer = suite;
  suite = newSuite(name);
  outer.entries.push(suite);
  body();
  suite = outer;
}

export function test(name: string, body: Body): void {
  suite.entries.push({ name, run: body });
}

/** Rows are lists of arguments, or single ones. */
function each(define: (name: string, body: Body) => void) {
  return (rows: readonly unknown[]) =>
    (name: string, body: RowBody): void => {
      for (const row of rows) {
        const args = Array.isArray(row) ? row : [row];
        define(titleOf(name, args), () => body(...(args as never[])));
      }
    };
}

describe.each = each(describe);
test.each = each(test);

/** `%s` and the like take the arguments in turn, `$name` a property of the first. */
function titleOf(template: string, args: readonly unknown[]): string {
  const rest = [...args];
  return template
    .replaceAll(/%[sdijp]/g, () => String(rest.shift()))
    .replaceAll(/\$(\w+)/g, (_, key: string) => String((args[0] as Record<string, unknown>)[key]));
}

/** Runs all that was defined, one after the other. */
export async function runTests(): Promise<Outcome> {
  const outcome: Outcome = { passed: [], failed: [] };
  await runSuite(suite, [], outcome);
  return outcome;
}

async function runSuite(current: Suite, outer: readonly Suite[], outcome: Outcome): Promise<void> {
  const path = [...outer, current];
  for (const prepare of current.beforeAll) await prepare();
  for (const entry of current.entries) {
    if ('entries' in entry) await runSuite(entry, path, outcome);
    else await runCase(entry, path, outcome);
  }
  for (const finish of current.afterAll) await finish();
}

async function runCase({ name, run }: Case, path: readonly Suite[], outcome: Outcome): Promise<void> {
  const title = [...path.map((part) => part.name), name].filter(Boolean).join(' › ');
  try {
    for (const { beforeEach: bodies } of path) for (const body of bodies) await body();
    await run();
    for (const { afterEach: bodies } of path.toReversed()) {
      for (const body of bodies) await body();
    }
    outcome.passed.push(title);
  } catch (error) {
    outcome.failed.push({ name: title, message: String(error instanceof Error ? error.message : error) });
  }
}
