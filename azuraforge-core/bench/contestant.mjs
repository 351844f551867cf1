// The process of one contestant: `node contestant.mjs '{"library": …, "settings": …, "work": …, "folder": …}'`. It takes
// requests as lines of JSON on its input, and answers on file descriptor 3, because libraries print what they like.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { readInputs } from './inputs.mjs';

function reply(value) {
  writeSync(3, `${JSON.stringify(value)}\n`);
}

async function timed(step, { seconds, most }) {
  const end = performance.now() + seconds * 1000;
  const milliseconds = [];
  do {
    const start = performance.now();
    await step();
    milliseconds.push(performance.now() - start);
  } while (performance.now() < end && milliseconds.length < most);
  return milliseconds;
}

async function lossesOf(step, count) {
  const losses = [];
  for (let i = 0; i < count; i++) losses.push(await step());
  return losses;
}

async function answer(request, { step, check }, settings) {
  if (request.do === 'check') {
    return { values: await (check === undefined ? lossesOf(step, settings.checkedSteps) : check()) };
  }
  for (let i = 0; i < request.untimed; i++) await step();
  return { milliseconds: await timed(step, request) };
}

const contest = JSON.parse(process.argv[2]);
try {
  const { inputs, settings } = readInputs(contest.folder, contest.work);
  const { open } = await import(`./library/${contest.library}.mjs`);
  const opened = await open(contest.settings);
  const task = await opened[contest.work](inputs, settings);
  reply({ adapter: opened.adapter, operations: task.operations });
  for await (const line of createInterface({ input: process.stdin })) {
    reply(await answer(JSON.parse(line), task, settings));
  }
} catch (error) {
  reply({ error: error.message });
}
// A library may keep a thread or a device that would hold the process.
process.exit();
