import type { Core } from '../core.js';

const LINE = '='.repeat(97);

/** `sofia status`: fsmrf looks for the line of its profile, and takes the SIP address from it. */
export function sofiaStatus({ sipAddress, channels }: Core): string {
  const row = (name: string, type: string, data: string, state: string) =>
    `${name.padStart(25)}\t${type}\t  ${data.padStart(40)}\t${state}\n`;
  return [
    row('Name', '   Type', 'Data', 'State'),
    `${LINE}\n`,
    row('drachtio_mrf', 'profile', `sip:mod_sofia@${sipAddress}`, `RUNNING (${channels.size})`),
    `${LINE}\n`,
    '1 profile 0 aliases\n',
  ].join('');
}

/** `sofia status profile drachtio_mrf`. */
export function sofiaProfileStatus({ sipAddress, limits, variables }: Core): string {
  const host = variables.get('domain') ?? '';
  const codecs = variables.get('global_codec_prefs') ?? '';
  const rows: readonly (readonly [string, string])[] = [
    ['Name', 'drachtio_mrf'],
    ['Dialplan', 'XML'],
    ['Context', 'mrf'],
    ['RTP-IP', host],
    ['SIP-IP', host],
    ['URL', `sip:mod_sofia@${sipAddress}`],
    ['CODECS IN', codecs],
    ['CODECS OUT', codecs],
    ['TEL-EVENT', '101'],
    ['DTMF-MODE', 'rfc2833'],
    ['CALLS-IN', String(limits.sinceStartup)],
  ];
  return `${LINE}\n${rows.map(([name, value]) => `${name.padEnd(17)}\t${value}\n`).join('')}`;
}
