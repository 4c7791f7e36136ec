import { PLAIN_SDP } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { dial } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const { raw } = useNetwork();

const ANSWERS = {
  'at port 0': PLAIN_SDP.replace('39999', '0'),
  'with a codec that was not offered': PLAIN_SDP.replace(/RTP\/AVP[\s\S]*/, 'RTP/AVP 18\r\n'),
  'with telephone-event alone': PLAIN_SDP.replace(
    /RTP\/AVP[\s\S]*/,
    'RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n',
  ),
  'by SRTP alone': PLAIN_SDP.replace('RTP/AVP', 'RTP/SAVP'),
  'that is missing': '',
};

describe('a callee who answers', () => {
  it.each(Object.entries(ANSWERS))('%s is released at once, and has not answered', async (_what, body) => {
    const { telephony, call: callee } = await raw((call) => call.respond('200 OK', { body }));
    const call = await dial(telephony);
    expect(await call.over).toMatchObject({
      type: 'rejected',
      cause: 'ERROR',
      rawCause: { sipStatus: 200 },
      error: { code: 'MEDIA_FAILED', message: expect.stringContaining('the callee was released at once: ') },
    });
    expect(call.events.map(({ type }) => type)).toEqual(['invited', 'rejected']);
    expect(await call.leg.untilGone()).toBe(true);
    expect([...callee().acknowledged]).toEqual(['callee']);
    expect([...callee().ended]).toEqual(['callee']);
  });

  it('without a description keeps the one of the early media', async () => {
    const { telephony } = await raw((call) => {
      call.respond('183 Session Progress', { body: PLAIN_SDP });
      call.respond('200 OK');
    });
    const call = await dial(telephony, {}, (event, leg) => {
      if (event.type === 'answered') leg.hangUp();
    });
    expect(await call.next('answered')).toMatchObject({ codec: 'PCMA' });
    await call.over;
  });
});
