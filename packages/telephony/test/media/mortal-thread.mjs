import { parentPort } from 'node:worker_threads';

/** A media thread that hangs or dies when it is told to play something of that name. */
parentPort?.on('message', (messages) => {
  for (const { method, args } of messages) {
    if (method !== 'play') continue;
    if (args[0] === 'hang') for (;;);
    if (args[0] === 'die') throw new Error('the media thread was told to die');
  }
});
await import(new URL('./thread/worker.js', import.meta.resolve('@outdial/media')).href);
