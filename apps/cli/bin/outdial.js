#!/usr/bin/env node
import { main } from '../dist/main.js';

process.exitCode = await main(process.argv);
// A connection that was left open must not keep a command from ending.
setTimeout(() => process.exit(), 500).unref();
