// A voice bot that takes turns by the messages that Pipecat documents: it repeats what the callee has said, breaks off
// when it is interrupted, and hangs up on #. node examples/turn-taking-bot.mjs 8767
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 8767);
/** Messages of 20 ms without speech after which the callee has had a turn. */
const PAUSE = 25;
const bots = new WebSocketServer({ port, host: '127.0.0.1' });

bots.on('connection', (socket) => {
  let streamSid = '';
  /** @type {Buffer[]} */
  let turn = [];
  let quiet = 0;
  let isSpeaking = false;
  const send = (/** @type {object} */ message) => socket.send(JSON.stringify({ streamSid, ...message }));

  const hear = (/** @type {Buffer} */ audio) => {
    quiet = isSpeech(audio) ? 0 : quiet + 1;
    if (quiet === 0 && isSpeaking) send({ event: 'clear' });
    if (quiet === 0 || turn.length > 0) turn.push(audio);
    if (quiet < PAUSE || turn.length === 0) return;
    const words = Buffer.concat(turn.splice(0, turn.length - PAUSE));
    turn = [];
    isSpeaking = true;
    send({ event: 'media', media: { payload: words.toString('base64') } });
    send({ event: 'mark', mark: { name: 'said' } });
    console.log(`the callee spoke for ${words.length / 8} ms`);
  };

  socket.on('message', (data) => {
    const { event, start, media, mark, dtmf } = JSON.parse(data.toString());
    if (event === 'start') ({ streamSid } = start);
    if (event === 'media') hear(Buffer.from(media.payload, 'base64'));
    if (event === 'mark') {
      isSpeaking = false;
      console.log(`${mark.cleared > 0 ? 'interrupted' : 'finished'} after ${mark.played} ms`);
    }
    if (event === 'dtmf' && dtmf.digit === '#') socket.close(1000);
  });
});
bots.on('listening', () => console.log(`listening on ws://127.0.0.1:${Object(bots.address()).port}/`));

/** Whether mu-law audio is louder than a line's noise. @param {Buffer} audio */
function isSpeech(audio) {
  return audio.some((code) => (~code & 0x7f) > 0x30);
}
