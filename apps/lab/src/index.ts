export { Callees, type CalleesOptions } from './callees/callees.js';
export {
  CREDENTIALS,
  DIRECTORY,
  type DirectoryEntry,
  directoryTable,
  type ExpectedOutcome,
  findCallee,
} from './callees/directory.js';
export { type Engine, type Lab, type LabOptions, startCallees, startLab } from './lab.js';
export { SipLog, type SipLogEntry } from './sip/index.js';
