import { BINS, INPUTS, UNITS, WEIGHT_COUNT, WINDOW } from './dimensions.js';
import { KERNELS } from './kernels.generated.js';

/**
 * The part of WebAssembly used here. It is in TypeScript's DOM library only, which this package does not use.
 */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** An address in the kernels' memory. */
interface Address {
  value: number;
}

/** The exports of `kernels/`. */
interface Exports {
  memory: { buffer: ArrayBuffer };
  samples: Address;
  hann: Address;
  twiddles: Address;
  twiddlesTimesI: Address;
  power: Address;
  below: Address;
  weights: Address;
  inputs: Address;
  state: Address;
  probability: Address;
  transform(start: number): void;
  strongest(low: number): number;
  strongestApart(low: number, taken: number, apart: number): number;
  arrange(): void;
  step(): void;
}

const code = Uint8Array.from(atob(KERNELS), (character) => character.charCodeAt(0));
const exports = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Exports;

function floats({ value }: Address, length: number): Float32Array {
  return new Float32Array(exports.memory.buffer, value, length);
}

function doubles({ value }: Address, length: number): Float64Array {
  return new Float64Array(exports.memory.buffer, value, length);
}

// All detectors share one memory: its content never outlives a synchronous call.

/**
 * `transform(start)` computes the spectrum of the ring buffer `samples`: the `power` in each bin, and in all
 * bins `below` it.
 */
export const spectrum = {
  samples: floats(exports.samples, WINDOW),
  power: floats(exports.power, BINS),
  below: doubles(exports.below, BINS + 1),
  transform: exports.transform,
  strongest: exports.strongest,
  strongestApart: exports.strongestApart,
};

/** `step()` computes the next `state` and the `probability` of speech from `inputs` and `state`. */
export const net = {
  weights: doubles(exports.weights, WEIGHT_COUNT),
  inputs: doubles(exports.inputs, INPUTS),
  state: doubles(exports.state, UNITS),
  probability: doubles(exports.probability, 1),
  arrange: exports.arrange,
  step: exports.step,
};

const hann = doubles(exports.hann, WINDOW);
const twiddles = doubles(exports.twiddles, 2 * WINDOW);
const twiddlesTimesI = doubles(exports.twiddlesTimesI, 2 * WINDOW);
for (let n = 0; n < WINDOW; n++) {
  const angle = (2 * Math.PI * n) / WINDOW;
  hann[n] = 0.5 - 0.5 * Math.cos(angle);
  twiddles[2 * n] = twiddlesTimesI[2 * n + 1] = Math.cos(angle);
  twiddles[2 * n + 1] = -Math.sin(angle);
  twiddlesTimesI[2 * n] = Math.sin(angle);
}
