/** Answers of the analytics routes as plots. */
import { fact, h } from './dom.js';
import { brief, grid, plot } from './plot.js';
import { count, duration } from './words.js';

const LABELS_MAX = 5; // told apart by colour; the rest is one

/** @type {Object<string, string>} */
export const WEEKDAYS = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat',
  sun: 'Sun' };

const sum = (values) => values.reduce((all, value) => all + (value || 0), 0);
const sumAt = (series, i) => sum(series.map(({ tracks }) => tracks[i]));

/**
 * Say the begin of a bucket in a few letters: as local time, which it was given in.
 * @param {string} iso with the zone's offset @param {string} bucket
 */
export function bucketWords(iso, bucket) {
  const [day, time] = [iso.slice(0, 10), iso.slice(11, 16)];
  if (bucket === 'minute' || bucket === 'quarter' || bucket === 'hour') {
    return time === '00:00' ? dayOf(day) : time;
  }
  return bucket === 'month' ? day.slice(0, 7) : dayOf(day);
}

/** The same at length. */
export function bucketName(iso, bucket) {
  const day = new Date(`${iso.slice(0, 10)}T12:00:00Z`).toLocaleDateString('en-GB', {
    timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  if (bucket === 'month') return iso.slice(0, 7);
  if (bucket === 'day' || bucket === 'week') return bucket === 'week' ? `Week of ${day}` : day;
  return `${day}, ${iso.slice(11, 16)}`;
}

/** Headline figures. @param {{counts: Object, crossings: Object, dwell: Object}} answers */
export function figures({ counts, crossings, dwell }) {
  const total = counts.total.tracks;
  const before = counts.before?.total.tracks;
  const visits = sum(dwell.series.map((one) => one.visits));
  const [inwards, outwards] = ['in', 'out'].map((way) => (
    sum(crossings.series.flatMap((one) => one[way]))));
  return h('dl', { class: 'figures' },
    fact('Tracks', count(total), { beside: before !== undefined
      && h('span', { class: 'change' }, changeWords(total, before)) })[0],
    fact('Most boxes at once', count(counts.total.peak))[0],
    fact('Visits to zones', count(visits))[0],
    fact('Tripwires, in / out', `${count(inwards)} / ${count(outwards)}`)[0]);
}

/** Compare in words: `+12 % (before: 80)`. */
export function changeWords(now, before) {
  if (!before) return `before: ${count(before)}`;
  const percent = Math.round(((now - before) / before) * 100);
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)} % (before: ${
    count(before)})`;
}

/** Tracks over time by label, with the period before as a line. */
export function countsPlot({ bucket, buckets, series, before }) {
  const ranked = [...series].sort((a, b) => sum(b.tracks) - sum(a.tracks));
  const shown = ranked.slice(0, LABELS_MAX).map((one, i) => (
    { name: one.label || 'no label', values: one.tracks, colour: i + 1 }));
  const rest = ranked.slice(LABELS_MAX).map(({ tracks }) => tracks);
  if (rest.length) {
    shown.push({ name: `${rest.length} other labels`, colour: LABELS_MAX + 1,
      values: buckets.map((_, i) => sum(rest.map((values) => values[i]))) });
  }
  if (before) {
    shown.push({ name: 'All, period before', look: 'ghost',
      values: buckets.map((_, i) => (before.buckets[i] ? sumAt(before.series, i) : null)) });
  }
  const totals = buckets.map((_, i) => sumAt(series, i));
  return plot({
    title: 'Tracks over time', unit: 'tracks', series: shown, ...columnsOf(buckets, bucket),
    height: 260, broad: true, words: `${brief(sum(totals))} tracks; ${
      peakWords(totals, buckets, bucket, 'tracks')}`,
  });
}

/** How many were in each zone at once. */
export function occupancyPlot({ bucket, buckets, series }) {
  const shown = series.flatMap((one, i) => [
    { name: `${one.zone_name}, mean`, values: one.mean, look: 'line', colour: i + 1 },
    { name: `${one.zone_name}, most`, values: one.peak, look: 'dashed', colour: i + 1 }]).slice(0, 8);
  const [busiest] = [...series].sort((a, b) => Math.max(...b.peak) - Math.max(...a.peak));
  return plot({
    title: 'Occupancy of zones', unit: 'at once', series: shown, ...columnsOf(buckets, bucket),
    words: `Most at once: ${brief(Math.max(0, ...busiest.peak))} in ${busiest.zone_name}.`,
  });
}

/** In upwards, out downwards, all tripwires of the answer together. */
export function crossingsPlot({ bucket, buckets, series }) {
  const values = (way) => buckets.map((_, i) => sum(series.map((one) => one[way][i])));
  const [inwards, outwards] = [values('in'), values('out')];
  const names = series.map((one) => one.tripwire_name).join(', ');
  return plot({
    title: `Tripwires: ${names}`, unit: 'crossings', ...columnsOf(buckets, bucket),
    series: [{ name: 'in (up)', values: inwards, colour: 1 },
      { name: 'out (down)', values: outwards, colour: 2, down: true }],
    words: `${brief(sum(inwards))} in, ${brief(sum(outwards))} out.`,
  });
}

/** How long visits lasted, one plot a zone. */
export function dwellPlot(one) {
  const last = Math.max(...one.counts.map((n, i) => (n ? i : 0)));
  const counts = one.counts.slice(0, last + 2);
  const columns = counts.map((_, i) => shortSpan(one.edges_s[i]));
  const names = counts.map((_, i) => (one.edges_s[i + 1] === undefined
    ? `${shortSpan(one.edges_s[i])} and more`
    : `${shortSpan(one.edges_s[i])} to ${shortSpan(one.edges_s[i + 1])}`));
  return plot({
    title: `Time in ${one.zone_name}`, columns, names, unit: 'visits',
    series: [{ name: '', values: counts, colour: 3 }],
    words: `${count(one.visits)} visits: half of them under ${duration(one.median_s)}, nine of `
      + `ten under ${duration(one.p90_s)}, the longest ${duration(one.longest_s)}.`,
  });
}

/** Hours of the week. */
export function busiestGrid({ days, hours, mean, busiest }, unit) {
  const two = (hour) => String(hour).padStart(2, '0');
  return grid({
    title: 'Busiest hours', rows: days.map((day) => WEEKDAYS[day]), cells: mean, unit,
    columns: Array.from({ length: hours }, (_, hour) => two(hour)),
    words: busiest ? `Busiest: ${WEEKDAYS[busiest.day]} from ${two(busiest.hour)}:00, ${
      brief(busiest.mean)} ${unit} on average.` : 'Nothing was counted.',
  });
}

const dayOf = (day) => `${Number(day.slice(8))} ${
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
    Number(day.slice(5, 7)) - 1]}`;

function columnsOf(buckets, bucket) {
  return { columns: buckets.map((iso) => bucketWords(iso, bucket)),
    names: buckets.map((iso) => bucketName(iso, bucket)) };
}

function peakWords(values, buckets, bucket, unit) {
  const most = Math.max(0, ...values);
  if (!most) return `no ${unit} at all.`;
  return `most in one ${bucket}: ${brief(most)} (${
    bucketName(buckets[values.indexOf(most)], bucket)}).`;
}

function shortSpan(seconds) {
  if (seconds < 60) return `${brief(seconds)} s`;
  if (seconds < 3600) return `${brief(seconds / 60)} min`;
  return seconds < 86400 ? `${brief(seconds / 3600)} h` : `${brief(seconds / 86400)} d`;
}
