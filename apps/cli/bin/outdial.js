#!/usr/bin/env -S node --max-semi-space-size=32 --no-allocation-site-pretenuring
// What a call makes is young until the call is over, and then garbage (docs/benchmarks.md, "What a call costs").
import { main } from '../dist/main.js';

process.exitCode = await main(process.argv);
// A connection that was left open must not keep a command from ending. On a busy machine those that were closed take a while.
const ending = setTimeout(() => process.exit(), 5000).unref();
// None was. What is begun from now on, such as sending the last spans of a set-up of OpenTelemetry, may end.
process.once('beforeExit', () => clearTimeout(ending));
