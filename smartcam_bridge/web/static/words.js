/** Turn values into words: one home for how numbers, times and states are said. */

/** @type {Object<string, string>} */
export const CAMERA_STATES = {
  live: 'Live', silent: 'Silent', paused: 'Paused', disabled: 'Off', unknown: 'Unknown',
};

/** @type {Object<string, string>} */
export const END_REASONS = {
  left: 'left the picture', lost: 'lost from view', paused: 'recording was paused',
  restart: 'the bridge restarted', camera_offline: 'the camera went offline',
};

// Control characters and those that change the writing direction: a canvas cannot isolate them.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Make foreign text safe to paint: one line, printable, at most `max` characters. */
export function plain(text, max = 40) {
  const letters = Array.from(String(text).replace(UNPRINTABLE, ' ').trim());
  return letters.length > max ? `${letters.slice(0, max - 1).join('')}…` : letters.join('');
}

/** Say a span of seconds: `4.2 s`, `1 min 05 s`, `2 h 03 min`, `3 d 04 h`. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
  return `${Math.floor(whole / 86400)} d ${two(Math.floor(whole / 3600) % 24)} h`;
}

/** Say how long ago; null means that it never was. */
export function age(seconds) {
  if (seconds === null || seconds === undefined) return 'never';
  return seconds < 1 ? 'now' : `${duration(seconds < 10 ? Math.round(seconds) : seconds)
    .replace('.0 s', ' s')} ago`;
}

export const rate = (hz) => (hz || 0).toFixed(1);
export const count = (n) => (n ?? 0).toLocaleString('en');
export const score = (value) => (value ?? 0).toFixed(2);

/** Say a size in bytes with two or three digits. */
export function bytes(size) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = size || 0;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Milliseconds since the epoch of an ISO time; digits beyond milliseconds are left out. */
export function stampMs(iso) {
  return Date.parse(iso.replace(/(\.\d{3})\d+/, '$1'));
}

/** Say a time on this browser's clock face; with the day when it is not today. */
export function clock(iso) {
  const time = new Date(stampMs(iso));
  if (Number.isNaN(time.getTime())) return '–';
  const face = time.toLocaleTimeString('en-GB');
  if (time.toDateString() === new Date().toDateString()) return face;
  return `${time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })}`
    + ` ${face}`;
}

/** Count labels in words, most frequent first: `person: 3, car: 1`. */
export function tally(labels) {
  const counts = new Map();
  for (const label of labels) counts.set(label, (counts.get(label) || 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return sorted.map(([label, n]) => `${plain(label) || 'no label'}: ${n}`).join(', ');
}

/** Topic of a camera as people type it: absolute, so that `ros2 topic` finds it. */
export function topic(camera, kind) {
  const suffix = { info: 'camera_info', embeddings: 'face_embeddings' }[kind] || kind;
  const name = camera[`${kind}_topic`] || `${camera.name}/${suffix}`;
  return /^[/~]/.test(name) ? name : `/${name}`;
}
