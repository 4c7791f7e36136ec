import { KERNELS } from './kernels-code.js';
import { BINS, INPUTS, UNITS, WEIGHT_COUNT, WINDOW } from './sizes.js';

/** What Node has of WebAssembly and we need; its types leave it to the browser's. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** A place in the kernels' memory, in bytes. */
interface Place {
  value: number;
}

/** What `kernels/` exports. */
interface Exports {
  memory: { buffer: ArrayBuffer };
  samples: Place;
  hann: Place;
  turns: Place;
  turnsTimesI: Place;
  power: Place;
  below: Place;
  weights: Place;
  inputs: Place;
  state: Place;
  probability: Place;
  transform(start: number): void;
  strongest(low: number): number;
  strongestApart(low: number, taken: number, apart: number): number;
  arrange(): void;
  step(): void;
}

const code = Uint8Array.from(atob(KERNELS), (character) => character.charCodeAt(0));
const exports = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Exports;

function floats({ value }: Place, length: number): Float32Array {
  return new Float32Array(exports.memory.buffer, value, length);
}

function doubles({ value }: Place, length: number): Float64Array {
  return new Float64Array(exports.memory.buffer, value, length);
}

// One memory for all detectors: what is in it never outlives a synchronous call.

/** The spectrum of `samples`, a ring, by `transform(start)`: `power` in each bin, and in all bins `below` each. */
export const spectrum = {
  samples: floats(exports.samples, WINDOW),
  power: floats(exports.power, BINS),
  below: doubles(exports.below, BINS + 1),
  transform: exports.transform,
  strongest: exports.strongest,
  strongestApart: exports.strongestApart,
};

/** A step of the net: from `inputs` and `state` to the next `state` and the `probability`. */
export const net = {
  weights: doubles(exports.weights, WEIGHT_COUNT),
  inputs: doubles(exports.inputs, INPUTS),
  state: doubles(exports.state, UNITS),
  probability: doubles(exports.probability, 1),
  arrange: exports.arrange,
  step: exports.step,
};

const hann = doubles(exports.hann, WINDOW);
const turns = doubles(exports.turns, 2 * WINDOW);
const turnsTimesI = doubles(exports.turnsTimesI, 2 * WINDOW);
for (let n = 0; n < WINDOW; n++) {
  const angle = (2 * Math.PI * n) / WINDOW;
  hann[n] = 0.5 - 0.5 * Math.cos(angle);
  turns[2 * n] = turnsTimesI[2 * n + 1] = Math.cos(angle);
  turns[2 * n + 1] = -Math.sin(angle);
  turnsTimesI[2 * n] = Math.sin(angle);
}
