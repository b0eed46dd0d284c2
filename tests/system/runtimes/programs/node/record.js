// SPDX-License-Identifier: Apache-2.0
// The steps of a program and what came of each, printed as one JSON object.
'use strict';
const assert = require('node:assert');

const steps = {};
const facts = {};

// Runs the function: it passes, or throws and says why.
async function step(name, run) {
  try {
    await run();
    steps[name] = 'ok';
  } catch (error) {
    steps[name] = `failed: ${error && error.message ? error.message.split('\n')[0] : error}`;
  }
}

// Two draws of the right size, which differ.
function fresh(draw, size) {
  const first = draw();
  const second = draw();
  assert.notDeepStrictEqual(first, second);
  if (size !== undefined) assert.deepStrictEqual([first.length, second.length], [size, size]);
}

function finish() {
  console.log('\n' + JSON.stringify({ steps, facts }));
}

module.exports = { step, steps, facts, fresh, finish };
