export {
  type GatewayConfiguration,
  type GatewayConfigurationInput,
  loadGatewayConfiguration,
  parseGatewayConfiguration,
} from './config/configuration.js';
export { type OutdialGateway, startGateway } from './gateway.js';
