export * from './address/caller-id.js';
export * from './address/destination.js';
export * from './address/mask-numbers.js';
export * from './address/phone-number.js';
export * from './address/sip-uri.js';
export * from './errors/check-input.js';
export * from './errors/error-codes.js';
export * from './errors/field-issues.js';
export * from './errors/outdial-error.js';
export * from './errors/plain-words.js';
export * from './job/call-job.js';
export * from './job/capture-terms.js';
export * from './job/codecs.js';
export * from './job/early-media-terms.js';
export * from './job/job-defaults.js';
export * from './job/job-id.js';
export * from './job/live-speaker-detect.js';
export * from './job/parse-call-job.js';
export * from './job/queue-names.js';
export * from './job/sip-headers.js';
export * from './job/trace-context.js';
export * from './leg/leg-event.js';
export * from './leg/time-limits.js';
export * from './leg/whereabouts.js';
export * from './messages/call-capture.js';
export * from './messages/call-command.js';
export * from './messages/call-event.js';
export * from './messages/outcome-events.js';
export * from './messages/state-after.js';
export * from './messages/webhook-paused.js';
export * from './messages/worker-status.js';
export * from './plan/answer-machine-wait.js';
export { type Plans, playableSources, stepsOf } from './plan/check-values.js';
export * from './plan/plan.js';
export * from './plan/plan-step.js';
export * from './plan/step-report.js';
export { fillStep } from './plan/step-texts.js';
export * from './plan/steps/bridge.js';
export * from './plan/steps/gather.js';
export * from './plan/steps/play.js';
export * from './plan/steps/source.js';
export type { SpokenText } from './plan/steps/spoken-text.js';
export * from './plan/steps/stream.js';
export * from './plan/steps/transfer.js';
export {
  type CallValues,
  hasValues,
  numberOf,
  type ValuedJob,
  type ValueLookup,
  valuesOf,
} from './plan/values.js';
export * from './redis/key-names.js';
export * from './redis/retention.js';
export * from './result/build-records.js';
export * from './result/call-quality.js';
export * from './result/call-result.js';
export * from './result/call-state.js';
export * from './result/call-timings.js';
export * from './result/causes.js';
export * from './result/early-media.js';
export * from './result/ended-record.js';
export * from './result/far-end-type.js';
export * from './result/leg-report.js';
export { type CallError, callErrorSchema } from './result/outcome-fields.js';
export * from './result/raw-cause.js';
export * from './result/recording-report.js';
export * from './result/verdict.js';
