import { asList, asNumber, asText, REDIS_VARIABLES, type Variable } from '@outdial/service';

/** The environment variables of a gateway, and the fields that they set. */
export const VARIABLES: readonly Variable[] = [
  ...REDIS_VARIABLES,
  { name: 'OUTDIAL_GATEWAY_HOST', path: ['gateway', 'host'], parse: asText },
  { name: 'OUTDIAL_GATEWAY_PORT', path: ['gateway', 'port'], parse: asNumber },
  { name: 'OUTDIAL_TRUST_PROXY', path: ['gateway', 'trustProxy'], parse: asList },
  { name: 'OUTDIAL_DEFAULT_COUNTRY', path: ['gateway', 'defaultCountry'], parse: asText },
  { name: 'OUTDIAL_LOG_LEVEL', path: ['logLevel'], parse: asText },
];
