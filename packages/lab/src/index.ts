export { promptFile } from './audio/prompts.js';
export { Bot, BotCall, type BotOptions, type BotReceived } from './bots/bot.js';
export { startTalkingBot } from './bots/talking-bot.js';
export type { CalleeCall, PressedBy } from './callees/callee-call.js';
export { Callees, type CalleesOptions } from './callees/callees.js';
export {
  CREDENTIALS,
  DIRECTORY,
  type DirectoryEntry,
  directoryTable,
  type ExpectedOutcome,
  findCallee,
} from './callees/directory.js';
export type { CalleeContext, Script } from './callees/script.js';
export { type Lab, type LabOptions, type LabServer, startCallees, startLab } from './lab.js';
export { SipLog, type SipLogEntry } from './sip/index.js';
