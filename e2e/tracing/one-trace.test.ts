import { SpanStatusCode } from '@opentelemetry/api';
import type { CallJobInput } from '@outdial/contract';
import { parseGatewayConfiguration, startGateway } from '@outdial/gateway';
import { type Receiver, startReceiver } from '@outdial/testkit';
import { SpanRecorder } from '@outdial/testkit/spans';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

/** Who asks for calls, each time in a trace of its own. */
let traces = 0;
function newTrace(): { traceId: string; traceparent: string; tracestate: string } {
  const traceId = (++traces).toString(16).padStart(32, '0');
  return { traceId, traceparent: `00-${traceId}-00000000000000aa-01`, tracestate: 'vendor=value' };
}

let recorder: SpanRecorder;
let stack: Stack;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let receiver: Receiver;
let key: string;
beforeAll(async () => {
  recorder = new SpanRecorder();
  stack = await Stack.start({ withWorker: false });
  const { sipAddress } = stack.callees;
  const telephony = {
    ...stack.configuration().telephony,
    media: 'worker' as const,
    sounds: { directory: '/' },
    trunks: [{ name: 'traced', address: sipAddress, callerIds: 'any' as const, traceHeaders: true }],
    routes: [
      { host: 'lab', address: sipAddress },
      { host: 'traced', address: sipAddress, traceHeaders: true },
    ],
  };
  await stack.startWorker({ telephony });
  gateway = await startGateway(
    parseGatewayConfiguration({
      redis: { url: stack.redis.url },
      gateway: { port: 0, webhooks: { allowedNetworks: ['127.0.0.1'] } },
      logLevel: 'error',
    }),
  );
  key = (await gateway.keys.create({ name: 'test', scopes: ['admin'] })).text;
  receiver = await startReceiver();
  await post('/v1/webhooks', { url: receiver.url, types: ['result', 'ended'] });
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
  await stack.close();
  await recorder.close();
});

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
}

/** Places a call over HTTP, and waits until all of its spans have ended. */
async function placed(job: CallJobInput & { id: string }, webhooks: number): Promise<string> {
  const { traceId, ...headers } = newTrace();
  await post('/v1/calls', job, headers);
  const deliveries = () => recorder.of(traceId).filter(({ name }) => name === 'POST webhook');
  await expect.poll(() => deliveries().length).toBe(webhooks);
  await expect.poll(() => recorder.tree(traceId)).toContain('add calls-default > process calls-default');
  return traceId;
}

/** `traceparent` of the INVITEs of a job, as the callees got them, by the name of its header `X-Job`. */
function traceparents(jobId: string): Array<string | undefined> {
  const invites = stack.callees.log.entries.filter(
    ({ method, uri, direction, headers }) =>
      direction === 'in' && method === 'INVITE' && uri !== undefined && headers['X-Job'] === jobId,
  );
  return invites.map(({ headers }) => headers.Traceparent);
}

describe('a call that is placed over HTTP', () => {
  it('is one trace from the request to the webhooks, in the INVITEs too where that is wanted', async () => {
    const traceId = await placed(
      {
        id: 'answered',
        callTo: 'tel:+441632960001',
        callFrom: '+441632960999',
        headers: { 'X-Job': 'answered' },
        liveSpeakerDetect: 'DEFAULT',
        onAnswered: {
          otherwise: [
            {
              step: 'bridge',
              to: 'sip:human@traced',
              ringback: null,
              maxDurationSeconds: 1,
              headers: { 'X-Job': 'agent' },
            },
            { step: 'play', source: 'tone_stream://%(100,0,620)' },
          ],
        },
      },
      2,
    );
    expect(recorder.tree(traceId)).toEqual([
      ' > POST /v1/calls',
      'POST /v1/calls > add calls-default',
      'add calls-default > process calls-default',
      'dial > ring',
      'process calls-default > POST webhook',
      'process calls-default > POST webhook',
      'process calls-default > detect',
      'process calls-default > dial',
      'process calls-default > step bridge',
      'process calls-default > step play',
      'step bridge > dial leg',
    ]);
    const parentOf = (name: string) => {
      const { spanId } = recorder.named(traceId, name).spanContext();
      return `00-${traceId}-${spanId}-01`;
    };
    expect(recorder.named(traceId, 'POST /v1/calls').parentSpanContext?.spanId).toBe('00000000000000aa');
    expect(traceparents('answered')).toEqual([parentOf('dial')]);
    expect(traceparents('agent')).toEqual([parentOf('step bridge')]);
    const deliveries = recorder.of(traceId).filter(({ name }) => name === 'POST webhook');
    const sent = receiver.received.filter(({ message }) => message.data.jobId === 'answered');
    expect(sent.map(({ headers }) => headers.traceparent).sort()).toEqual(
      deliveries.map((span) => `00-${traceId}-${span.spanContext().spanId}-01`).sort(),
    );
    for (const { headers, message } of sent) {
      expect(headers.tracestate).toBe('vendor=value');
      const carried = { traceparent: parentOf('process calls-default'), tracestate: 'vendor=value' };
      expect(message.data.traceContext).toEqual(carried);
      expect(message.data[message.type].traceContext).toEqual(carried);
    }
    const { attributes, status } = recorder.named(traceId, 'process calls-default');
    expect(status.code).toBe(SpanStatusCode.UNSET);
    expect(attributes).toMatchObject({
      'messaging.system': 'bullmq',
      'messaging.destination.name': 'calls-default',
      'messaging.message.id': 'answered',
      'outdial.trunk': 'traced',
      'outdial.state': 'ANSWERED',
      'outdial.far_end_type': 'LIVE',
      'outdial.ended.by': 'PLAN',
    });
    expect(recorder.named(traceId, 'step bridge').attributes).toMatchObject({
      'outdial.step.outcome': 'finished',
    });
  });

  it('has failed spans where it went wrong, and not where nobody took it', async () => {
    const busy = await placed({ id: 'busy', callTo: 'sip:busy@lab', headers: { 'X-Job': 'busy' } }, 1);
    expect(recorder.of(busy).map(({ status }) => status.code)).not.toContain(SpanStatusCode.ERROR);
    expect(recorder.named(busy, 'dial').attributes).toMatchObject({
      'outdial.cause': 'BUSY',
      'outdial.sip.status_code': 486,
    });
    expect(traceparents('busy')).toEqual([undefined]);

    const nowhere = await placed({ id: 'nowhere', callTo: 'sip:somebody@nowhere.invalid' }, 1);
    for (const name of ['dial', 'process calls-default'])
      expect(recorder.named(nowhere, name)).toMatchObject({
        status: { code: SpanStatusCode.ERROR, message: 'NO_TRUNK' },
        attributes: { 'error.type': 'NO_TRUNK' },
      });
    expect(recorder.tree(nowhere)).toContain('process calls-default > POST webhook');
  });

  it('tells no telephone number in any span', async () => {
    const numbers = { callTo: 'tel:+441632960001', callFrom: '+441632960999', callerName: '01632960998' };
    const answered = await placed({ id: 'numbers', ...numbers }, 2);
    const refused = await placed({ id: 'refused', ...numbers, trunk: 'other' }, 1);
    const told = [answered, refused].flatMap((traceId) =>
      recorder
        .of(traceId)
        .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
    );
    expect(told.length).toBeGreaterThan(8);
    expect(JSON.stringify(told)).not.toContain('1632960');
  });
});
