// Where an example shows itself: lines in a terminal, a chart in a page. The examples do not know which.
const page = globalThis.document;
const losses = [];

/** The device that the user asked for: `node xor.js cpu`, or `xor.html?device=cpu`. */
export function chosenDevice() {
  const asked = page ? new URLSearchParams(page.location.search).get('device') : process.argv[2];
  return asked ?? 'wasm';
}

/** Names the device that computes. */
export function showDevice({ name, adapter }) {
  const text = `Training on ${name} (${adapter})`;
  if (page) page.querySelector('#device').textContent = text;
  else console.log(text);
}

/** Shows how far the training is, and gives a page time to draw. */
export async function showStep(step, loss) {
  losses.push(loss);
  const text = `step ${step}, loss ${loss.toFixed(4)}`;
  if (!page) return console.log(text);
  page.querySelector('#step').textContent = text;
  drawChart(page.querySelector('canvas'));
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Shows what came of it. */
export function showOutcome(text) {
  if (page) page.querySelector('#outcome').textContent = text;
  else console.log(text);
}

function drawChart(canvas) {
  const { width, height } = canvas;
  const highest = Math.max(...losses);
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, width, height);
  context.strokeStyle = '#2563eb';
  context.lineWidth = 2;
  context.beginPath();
  for (const [i, loss] of losses.entries()) {
    context.lineTo(
      (i / Math.max(losses.length - 1, 1)) * width,
      height - 1 - (loss / highest) * (height - 2),
    );
  }
  context.stroke();
}
