export { DrachtioSwitch, type DrachtioSwitchOptions } from './switch.js';
