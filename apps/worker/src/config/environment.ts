import { asNumber, asText, invalid, REDIS_VARIABLES, type Variable } from '@outdial/service';

export const VARIABLES: readonly Variable[] = [
  ...REDIS_VARIABLES,
  {
    name: 'OUTDIAL_DRACHTIO',
    path: ['telephony', 'drachtio'],
    parse: (text, name) => parseServers(name, text),
    isSecret: true,
  },
  {
    name: 'OUTDIAL_FREESWITCH',
    path: ['telephony', 'freeswitch'],
    parse: (text, name) => parseServers(name, text),
    isSecret: true,
  },
  { name: 'OUTDIAL_MEDIA', path: ['telephony', 'media'], parse: asText },
  { name: 'OUTDIAL_LANES', path: ['lanes'], parse: parseLanes },
  { name: 'OUTDIAL_HEALTH_HOST', path: ['health', 'host'], parse: asText },
  { name: 'OUTDIAL_HEALTH_PORT', path: ['health', 'port'], parse: asNumber },
  { name: 'OUTDIAL_DRAIN_SECONDS', path: ['drainSeconds'], parse: asNumber },
  { name: 'OUTDIAL_SPEECH_COMMAND', path: ['speech', 'command'], parse: (text) => text.split(' ') },
  { name: 'OUTDIAL_LOG_LEVEL', path: ['logLevel'], parse: asText },
];

/** `host:port:secret`, several separated by commas. Throws `INVALID_CONFIGURATION`, without the text: it has secrets. */
export function parseServers(
  variable: string,
  text: string,
): Array<{ host: string; port: number; secret: string }> {
  return text.split(',').map((server) => {
    const match = /^(\[[^\]]+\]|[^:]+):(\d+):(.+)$/.exec(server.trim());
    if (match === null) throw invalid(`${variable}: servers are host:port:secret, separated by commas`);
    const [, host = '', port, secret = ''] = match;
    return { host, port: Number(port), secret };
  });
}

/** `name=concurrency`, several separated by commas. */
function parseLanes(text: string): Record<string, { concurrency: unknown }> {
  return Object.fromEntries(
    text.split(',').map((lane) => {
      const [name = '', concurrency = '100'] = lane.trim().split('=');
      return [name, { concurrency: asNumber(concurrency) }];
    }),
  );
}
