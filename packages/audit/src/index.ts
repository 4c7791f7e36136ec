export { type AuditRunOptions, CallAudit, type CallAuditOptions } from './audit.js';
export {
  type AuditFinding,
  type AuditProgress,
  type AuditReport,
  type AuditTally,
  FINDINGS,
  type FindingCode,
  PROMISES,
  type PromiseNumber,
} from './report.js';
