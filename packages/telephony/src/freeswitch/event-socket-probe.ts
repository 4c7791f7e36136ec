import { connect } from 'node:net';
import { bareHost } from '../addresses.js';
import type { FreeswitchServerConfiguration } from '../configuration.js';

const PROBE_WITHIN_MS = 3000;

/**
 * Checks over a separate connection that FreeSWITCH is ready, before drachtio-fsmrf connects: that library retries a
 * refused connection every millisecond for ever, never settles on a wrong secret, and throws out of a socket's listener
 * when the sofia profile is not loaded yet. Rejects with the reason.
 */
export function probeEventSocket(configuration: FreeswitchServerConfiguration): Promise<void> {
  const { host, port, secret, profile } = configuration;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: bareHost(host), port });
    let received = '';
    const fail = (message: string) => socket.destroy(new Error(message));
    const limit = setTimeout(() => fail(`no answer within ${PROBE_WITHIN_MS} ms`), PROBE_WITHIN_MS);
    const steps: Array<(text: string) => boolean> = [
      (text) => {
        if (text.includes('rude-rejection')) fail('refused by its access list');
        if (!text.includes('auth/request')) return false;
        socket.write(`auth ${secret}\n\n`);
        return true;
      },
      (text) => {
        if (text.includes('-ERR')) fail('wrong secret');
        if (!text.includes('+OK')) return false;
        socket.write('api sofia status\n\n');
        return true;
      },
      (text) => {
        // The table ends with a line such as `2 profiles 0 aliases`.
        if (!/^\d+ profiles?/m.test(text)) return false;
        const line = new RegExp(`^\\s*${quoted(profile)}\\s.*sip:mod_sofia@(\\S+).*RUNNING`, 'm').exec(text);
        if (line === null) fail(`its sofia profile ${profile} is not running`);
        // drachtio-fsmrf reads an IPv4 address alone, and throws out of a listener at another.
        else if (line[1]?.startsWith('['))
          fail(`its sofia profile ${profile} is on IPv6; it must be on IPv4`);
        else socket.end('exit\n\n');
        return true;
      },
    ];
    socket.setEncoding('utf8').setNoDelay(true);
    socket.on('data', (chunk) => {
      received += chunk;
      if (steps[0]?.(received) === true) {
        steps.shift();
        received = '';
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(limit);
      if (steps.length === 0) resolve();
      else reject(new Error('connection closed'));
    });
  });
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
