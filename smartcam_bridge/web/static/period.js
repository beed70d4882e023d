/** Spans of time that people choose from, in this browser's own zone. */

const MINUTE_MS = 60e3;
const HOUR_MS = 60 * MINUTE_MS;

/** What a span is called; '' is no bound at all. @type {Object<string, string>} */
export const PERIODS = {
  '1h': 'Last hour', '24h': 'Last 24 hours', today: 'Today', yesterday: 'Yesterday',
  '7d': 'Last 7 days', '30d': 'Last 30 days', '365d': 'Last year', custom: 'From … to …',
};

/** This browser's IANA zone. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/**
 * Say from when to when a choice lasts.
 * @param {{period?: string, from?: string, to?: string}} choice from, to: of `custom`, local times
 *   as `datetime-local` has them
 * @param {Date} [now]
 * @returns {{from: string, to: string}} ISO-8601; '' where it is open
 */
export function spanOf({ period = '', from = '', to = '' }, now = new Date()) {
  const midnight = (days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  const iso = (begin, end = null) => ({
    from: begin.toISOString(), to: end ? end.toISOString() : '' });
  if (period === '1h') return iso(new Date(now - HOUR_MS));
  if (period === '24h') return iso(new Date(now - 24 * HOUR_MS));
  if (period === 'today') return iso(midnight(0));
  if (period === 'yesterday') return iso(midnight(-1), midnight(0));
  if (/^\d+d$/.test(period)) return iso(midnight(1 - Number.parseInt(period, 10)));
  if (period !== 'custom') return { from: '', to: '' };
  return { from: isoOfLocal(from), to: isoOfLocal(to) };
}

/** Choose the bucket of a plot so that it has about 20 to 100 of them. */
export function bucketFor(fromMs, toMs) {
  const hours = (toMs - fromMs) / HOUR_MS;
  if (hours <= 1.5) return 'minute';
  if (hours <= 12) return 'quarter';
  if (hours <= 80) return 'hour';
  if (hours <= 24 * 92) return 'day';
  return hours <= 24 * 730 ? 'week' : 'month';
}

/** A time as `datetime-local` wants it. */
export function localOf(ms) {
  const time = new Date(ms);
  return new Date(ms - time.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

function isoOfLocal(text) {
  const time = new Date(text);
  return text && !Number.isNaN(time.getTime()) ? time.toISOString() : '';
}
