// A voice bot that says what it hears: node examples/echo-bot.mjs 8765
// Outdial connects to it by a step { "step": "stream", "url": "ws://127.0.0.1:8765/" }.
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 8765);
const bots = new WebSocketServer({ port, host: '127.0.0.1' });

bots.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { event, streamSid, start, media, dtmf } = JSON.parse(data.toString());
    if (event === 'start') console.log(`a call, answered by ${start.customParameters.farEndType}`);
    if (event === 'media')
      socket.send(JSON.stringify({ event, streamSid, media: { payload: media.payload } }));
    if (event === 'dtmf') console.log(`key ${dtmf.digit}`);
    if (event === 'stop') console.log('the call is over');
  });
});
bots.on('listening', () => console.log(`listening on ws://127.0.0.1:${Object(bots.address()).port}/`));
