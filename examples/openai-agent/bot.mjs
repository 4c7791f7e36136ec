// A voice bot on OpenAI's agents, whose Twilio transport needs no change to serve Outdial. In this folder:
// npm ci && OPENAI_API_KEY=... node bot.mjs 8766
// Outdial connects to it by a step { "step": "stream", "url": "ws://127.0.0.1:8766/" }.
import { RealtimeAgent, RealtimeSession } from '@openai/agents/realtime';
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions';
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 8766);
// Another model than OpenAI's own, by the address of its WebSocket.
const { OPENAI_API_KEY = '', OPENAI_REALTIME_URL: url } = process.env;
const agent = new RealtimeAgent({
  name: 'reception',
  instructions: 'You are the reception of a surgery. Remind the patient of the appointment, and be brief.',
});
const bots = new WebSocketServer({ port, host: '127.0.0.1' });

bots.on('connection', async (twilioWebSocket) => {
  const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket });
  // Without it, this version of the transport asks the model for another format than the telephone's.
  const g711 = { format: 'g711_ulaw' };
  const session = new RealtimeSession(agent, { transport, config: { audio: { input: g711, output: g711 } } });
  session.on('error', ({ error }) => console.error(error));
  transport.on('*', ({ type, message }) => {
    if (type === 'twilio_message' && message.event === 'start')
      console.log(`a call, answered by ${message.start.customParameters.farEndType}`);
  });
  await session.connect({ apiKey: OPENAI_API_KEY, ...(url === undefined ? {} : { url }) });
});
bots.on('listening', () => console.log(`listening on ws://127.0.0.1:${Object(bots.address()).port}/`));
