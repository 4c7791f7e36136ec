export { DrachtioServer, type DrachtioServerOptions } from './drachtio-server.js';
