/** Tracks in lanes: side by side where they last at the same time. */

/** @typedef {{begin: number, end: number}} Span in ms */

/**
 * Give each span the first lane that is free.
 * @template {Span} T
 * @param {T[]} spans
 * @param {number} gap that spans of one lane keep at least
 * @returns {{lanes: number, of: Map<T, number>}}
 */
export function lanesOf(spans, gap = 0) {
  const free = []; // when each lane ends
  const of = new Map();
  for (const span of [...spans].sort((a, b) => a.begin - b.begin)) {
    let lane = free.findIndex((end) => end + gap <= span.begin);
    if (lane < 0) lane = free.length;
    free[lane] = Math.max(span.end, span.begin);
    of.set(span, lane);
  }
  return { lanes: free.length, of };
}

/** Zoom a span by a factor about a time, and keep it within limits. */
export function zoomed({ begin, end }, factor, about, { least, most, until }) {
  const length = Math.min(most, Math.max(least, (end - begin) * factor));
  const share = (about - begin) / (end - begin);
  return shifted({ begin: about - share * length, end: about + (1 - share) * length }, 0, until);
}

/** Move a span, but not beyond `until`. */
export function shifted({ begin, end }, by, until) {
  const over = Math.max(0, end + by - until);
  return { begin: begin + by - over, end: end + by - over };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
  86400, 2 * 86400, 7 * 86400, 30 * 86400];

/** Round local times to write along an axis. @returns {number[]} ms */
export function timesAlong({ begin, end }, wanted) {
  const step = (STEPS_S.find((s) => (s * 1000 * wanted) >= end - begin) || 365 * 86400) * 1000;
  const offset = new Date(begin).getTimezoneOffset() * 60e3;
  const first = Math.ceil((begin - offset) / step) * step + offset;
  const times = [];
  for (let at = first; at <= end; at += step) times.push(at);
  return times;
}
