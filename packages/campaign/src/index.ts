export { CampaignError, type CampaignProblem } from './campaign-error.js';
export { isKnownColumn, KNOWN_COLUMNS, toJobInput } from './cells.js';
export { type CampaignOptions, checkCampaign } from './check-campaign.js';
export { decodeLines } from './decode-lines.js';
export { type CampaignItem, type CampaignRow, readCsv, readJsonLines } from './rows.js';
