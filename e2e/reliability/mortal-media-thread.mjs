import { parentPort } from 'node:worker_threads';

/** A media thread that hangs or dies when it is told to play a file of that name. */
parentPort?.on('message', (messages) => {
  for (const { method, args } of messages) {
    if (method !== 'play') continue;
    if (args[0].endsWith('/hang.wav')) for (;;);
    if (args[0].endsWith('/die.wav')) throw new Error('the media thread was told to die');
  }
});
await import(new URL('./thread/worker.js', import.meta.resolve('@outdial/media')).href);
