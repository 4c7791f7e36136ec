export { type ChannelSummary, FreeSwitch, type FreeSwitchOptions } from './freeswitch.js';
