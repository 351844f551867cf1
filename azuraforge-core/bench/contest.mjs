import { writeInputs } from './inputs.mjs';
import { busyShare } from './machine.mjs';
import { Participant } from './participant.mjs';
import { median } from './statistics.mjs';

/** A step that takes longer than this is timed in fewer rounds. */
const SLOW_MS = 1000;
/** After the others' turns a contestant whose step is quicker than this runs one untimed, so that its caches are warm. */
const QUICK_MS = 200;

/** How much is measured. Rounds alternate between the contestants; `most` bounds the steps of a round. */
export const FULL = { warmUpSeconds: 3, warmUpSteps: 40, rounds: 9, slowRounds: 3, seconds: 0.6, most: 15 };
export const QUICK = { warmUpSeconds: 0.5, warmUpSteps: 10, rounds: 3, slowRounds: 1, seconds: 0.2, most: 5 };

/**
 * Lets the contestants do one work: checks that their results are equal, then times them in turn. `busy` are the shares of
 * the processors that others used, looked at before each round, when every contestant waits.
 */
export async function contest(work, contestants, { folder, python, plan, say }) {
  const inputs = work.makeInputs();
  const expected = work.expected(inputs);
  writeInputs(folder, work.name, inputs, work.settings);
  const results = [];
  const participants = new Map();
  try {
    for (const [i, contestant] of contestants.entries()) {
      const result = { contestant, rounds: [] };
      results.push(result);
      const participant = new Participant(contestant, work.name, folder, python);
      participants.set(result, participant);
      const title = `${work.name} ${i + 1}/${contestants.length} ${contestant.name}, ${contestant.note}`;
      try {
        await prepare(result, participant, work, expected, plan);
        say(
          `${title}: results are equal (off by ${result.difference.toExponential(1)}), about ${result.estimate.toFixed(1)} ms`,
        );
      } catch (error) {
        participant.stop();
        result.reason = error.message;
        say(`${title}: left out: ${error.message}`);
      }
    }
    const busy = await timeInTurn(participants, work, plan, say);
    return { results, busy };
  } finally {
    for (const participant of participants.values()) participant.stop();
  }
}

async function prepare(result, participant, work, expected, plan) {
  const { adapter, operations } = await participant.opened();
  result.adapter = adapter;
  result.operations = operations ?? work.operations ?? 1;
  const { values } = await participant.ask({ do: 'check' });
  // The bare micro-kernel computes nothing that could be compared.
  result.difference = values === null ? 0 : differenceOf(values, expected);
  if (!(result.difference <= work.tolerance)) {
    throw new Error(
      `wrong results: off by ${result.difference.toExponential(1)}, got ${values?.slice(0, 4).join(', ')}`,
    );
  }
  const warmUp = { do: 'time', untimed: 0, seconds: plan.warmUpSeconds, most: plan.warmUpSteps };
  result.estimate = median((await participant.ask(warmUp)).milliseconds);
}

/** The largest difference, as a share of the largest expected number. */
function differenceOf(values, expected) {
  if (values.length !== expected.length) return Infinity;
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - expected[i]) / scale));
}

async function timeInTurn(participants, work, plan, say) {
  const running = [...participants].filter(([{ reason }]) => reason === undefined);
  const busy = [];
  for (let round = 0; round < plan.rounds; round++) {
    say(`${work.name}: round ${round + 1} of ${plan.rounds}`);
    busy.push(await busyShare());
    // Back and forth, so that no one always follows the same neighbour.
    for (const [result, participant] of round % 2 === 0 ? running : running.toReversed()) {
      if (result.reason !== undefined) continue;
      if (result.estimate > SLOW_MS && round >= plan.slowRounds) continue;
      const untimed = result.estimate < QUICK_MS ? 1 : 0;
      const request = { do: 'time', untimed, seconds: plan.seconds, most: plan.most };
      try {
        result.rounds.push((await participant.ask(request)).milliseconds);
      } catch (error) {
        result.reason = error.message;
        result.rounds = [];
        say(`${result.contestant.name}, ${result.contestant.note}: given up: ${error.message}`);
      }
    }
  }
  return busy;
}
