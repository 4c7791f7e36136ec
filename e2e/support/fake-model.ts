import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: what a test looks at, whatever it is
type ModelEvent = Record<string, any>;

/**
 * The WebSocket of a realtime model, as OpenAI's agents connect to it: takes whatever comes, and says what a test has it
 * say.
 */
export class FakeModel extends EventEmitter<{ event: [ModelEvent] }> {
  readonly events: ModelEvent[] = [];
  readonly url: string;
  readonly #server: WebSocketServer;
  #socket: WebSocket | null = null;
  #items = 0;

  private constructor(server: WebSocketServer, port: number) {
    super();
    this.#server = server;
    this.url = `ws://127.0.0.1:${port}/v1/realtime`;
    server.on('connection', (socket) => {
      this.#socket = socket;
      this.#say({ type: 'session.created', event_id: 'e0', session: {} });
      socket.on('message', (data) => {
        const event = JSON.parse(String(data));
        this.events.push(event);
        this.emit('event', event);
      });
    });
  }

  static async start(): Promise<FakeModel> {
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    server.on('close', () => http.close());
    return new FakeModel(server, (http.address() as AddressInfo).port);
  }

  /** The first event, of those that came or will come, that is wanted. */
  async until(isWanted: (event: ModelEvent) => boolean): Promise<ModelEvent> {
    for (let seen = 0; ; seen++) {
      while (this.events.length <= seen) await once(this, 'event');
      const event = this.events[seen] as ModelEvent;
      if (isWanted(event)) return event;
    }
  }

  /** Answers with mu-law audio, in one piece. Returns the id of the item. */
  answer(muLaw: Uint8Array): string {
    this.#items += 1;
    const ids = { response_id: `response-${this.#items}`, item_id: `item-${this.#items}` };
    const place = { ...ids, output_index: 0, content_index: 0, event_id: 'e1' };
    this.#say({
      ...{ ...place, type: 'response.output_audio.delta' },
      delta: Buffer.from(muLaw).toString('base64'),
    });
    return ids.item_id;
  }

  /** The model has heard that somebody speaks. */
  hearSpeech(): void {
    const type = 'input_audio_buffer.speech_started';
    this.#say({ type, event_id: 'e2', item_id: 'heard', audio_start_ms: 0 });
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }

  #say(event: ModelEvent): void {
    this.#socket?.send(JSON.stringify(event));
  }
}
