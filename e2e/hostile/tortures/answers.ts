import { PLAIN_SDP, type RawCall } from '@outdial/testkit';
import { ANSWERED, answer, BUSY, busy, EITHER_ANSWERED, TIMEOUT, type Torture } from './torture.js';

/** Answers that come wrong, twice, too late, or from several at once. */
export const ANSWERS: readonly Torture[] = [
  {
    name: 'answers-without-a-tag',
    ends: EITHER_ANSWERED,
    script: (call) => call.respond('200 OK', { tag: null, body: PLAIN_SDP }),
  },
  {
    name: 'answers-without-a-contact',
    ends: ['IDLE FAILED'],
    script: (call) => call.respond('200 OK', { replace: { Contact: null }, body: PLAIN_SDP }),
  },
  {
    name: 'answers-with-many-contacts',
    ends: [...ANSWERED, 'IDLE FAILED'],
    script: (call) =>
      call.respond('200 OK', {
        headers: ['Contact: <sip:two@127.0.0.1:9>', 'Contact: "x" <sip:3@127.0.0.1:9>'],
        body: PLAIN_SDP,
      }),
  },
  ...['garbage', '<>', '<sip:@>', '<sip:x@[::1>', '<sip:x@127.0.0.1:99999>'].map((contact, index) => ({
    name: `answers-with-contact-${index}`,
    ends: [...ANSWERED, 'IDLE FAILED', 'ERROR MEDIA_FAILED', ...TIMEOUT],
    script: (call: RawCall) => call.respond('200 OK', { replace: { Contact: contact }, body: PLAIN_SDP }),
  })),
  {
    name: 'answers-with-any-contact',
    isFatal: true,
    ends: [...ANSWERED, 'IDLE FAILED'],
    script: (call) => call.respond('200 OK', { replace: { Contact: '*' }, body: PLAIN_SDP }),
  },
  {
    name: 'answers-with-a-line-that-is-no-header',
    ends: EITHER_ANSWERED,
    script: (call) => call.respond('200 OK', { headers: ['this is no header'], body: PLAIN_SDP }),
  },
  {
    name: 'answers-with-bad-routes',
    ends: [...ANSWERED, ...TIMEOUT, 'IDLE FAILED'],
    script: (call) =>
      call.respond('200 OK', { headers: ['Record-Route: <sip:>, ;;lr, <>'], body: PLAIN_SDP }),
  },
  {
    name: 'answers-twice',
    ends: ANSWERED,
    script: (call) => {
      answer(call);
      answer(call);
      answer(call);
    },
  },
  {
    name: 'answers-as-two',
    ends: ANSWERED,
    script: (call) => {
      call.respond('200 OK', { tag: 'one', body: PLAIN_SDP });
      call.respond('200 OK', { tag: 'two', body: PLAIN_SDP });
    },
  },
  {
    name: 'answers-after-busy',
    ends: BUSY,
    script: (call) => {
      busy(call);
      answer(call);
    },
  },
  {
    name: 'busy-after-its-answer',
    ends: ANSWERED,
    script: (call) => {
      answer(call);
      busy(call);
      call.respond('180 Ringing');
    },
  },
  {
    name: 'status-299',
    ends: ['IDLE FAILED'],
    script: (call) => call.respond('299 Fine', { body: PLAIN_SDP }),
  },
  {
    name: 'answers-the-cancel-with-silence',
    ends: TIMEOUT,
    script: (call) => {
      call.onRequest = (method) => (method === 'CANCEL' ? 'ignore' : 'answer');
      call.respond('180 Ringing');
    },
  },
  {
    name: 'answers-the-cancel-with-garbage',
    ends: TIMEOUT,
    script: (call) => {
      call.onRequest = (method, text) => {
        if (method !== 'CANCEL') return 'answer';
        call.send(call.response('481 No', {}, text));
        call.send(call.response('599 No', {}, text));
        return 'answer';
      };
      call.respond('180 Ringing');
    },
  },
  {
    name: 'answers-the-bye-with-silence',
    ends: ANSWERED,
    script: (call) => {
      call.onRequest = (method) => (method === 'BYE' ? 'ignore' : 'answer');
      answer(call);
    },
  },
  {
    name: 'answers-the-bye-with-an-error',
    ends: ANSWERED,
    script: (call) => {
      call.onRequest = (method, text) => {
        if (method !== 'BYE') return 'answer';
        call.send(call.response('500 No', {}, text));
        return 'ignore';
      };
      answer(call);
    },
  },
];
