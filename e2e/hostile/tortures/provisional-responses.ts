import { PLAIN_SDP } from '@outdial/testkit';
import { BUSY, busy, TIMEOUT, type Torture } from './torture.js';

/** Provisional responses beyond measure. */
export const PROVISIONAL_RESPONSES: readonly Torture[] = [
  {
    name: 'storm-of-180',
    ends: BUSY,
    script: (call) => {
      for (let i = 0; i < 300; i++) call.respond(`${180 + (i % 4)} Ringing`, { tag: `t${i % 7}` });
      busy(call);
    },
  },
  {
    name: 'storm-of-183-with-sdp',
    ends: BUSY,
    script: (call) => {
      for (let i = 0; i < 100; i++) call.respond('183 Progress', { tag: `t${i}`, body: PLAIN_SDP });
      busy(call);
    },
  },
  {
    name: 'trying-for-ever',
    ends: TIMEOUT,
    script: (call) => {
      for (let i = 0; i < 20; i++) call.respond('100 Trying', { tag: null });
    },
  },
  {
    name: 'every-1xx',
    ends: BUSY,
    script: (call) => {
      for (let status = 100; status < 200; status++) call.respond(`${status} Odd`);
      busy(call);
    },
  },
  {
    name: 'early-dialog-ended',
    ends: ['IDLE NOANSWER'],
    script: (call) => {
      call.respond('180 Ringing', { tag: 'a' });
      call.respond('199 Early Dialog Terminated', { tag: 'a' });
      call.respond('480 Away', { tag: 'b' });
    },
  },
  {
    name: 'unasked-for-reliability',
    ends: BUSY,
    script: (call) => {
      call.respond('183 Progress', { headers: ['Require: 100rel', 'RSeq: 99999999999'], body: PLAIN_SDP });
      call.respond('180 Ringing', { headers: ['Require: 100rel, evil', 'RSeq: -1'] });
      busy(call);
    },
  },
  {
    name: 'rings-with-bad-sdp',
    ends: BUSY,
    script: (call) => {
      call.respond('183 Progress', { body: 'm=audio \0\r\nv=9\r\n' });
      call.respond('183 Progress', { body: 'm=audio 99999999 RTP/AVP 8\r\n' });
      busy(call);
    },
  },
  {
    name: 'rings-without-a-tag',
    ends: BUSY,
    script: (call) => {
      call.respond('180 Ringing', { tag: null });
      busy(call);
    },
  },
];
