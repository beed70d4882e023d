/** Paint boxes over a picture so that they can be read on any picture. */
import { plain, score } from './words.js';

/** Line colours for tracks: bright, since a dark casing and a dark plate lie beneath them. */
export const TRACK_COLOURS = [
  '#4cc9ff', '#ffd23f', '#7ef29d', '#ff8fab', '#c9a7ff', '#ffa552',
  '#5eead4', '#f0f3a1', '#ff9e9e', '#9db8ff', '#b8f26b', '#f5a8ee',
];
export const PLATE = '#0a0d12';
export const PLATE_TEXT = '#ffffff';
const SMALL_PX = 640; // CSS pixels; there plates are smaller, and in a crowd without scores
const CROWD = 6;
const DASHED_AT_MS = 200;
const PALE_AT_MS = 500;
const CASING = 'rgba(5, 8, 12, 0.8)';

/**
 * The colour of a box: stable for a track, else for its tracker's id, else for its label.
 * @param {import('./pairing.js').Boxes} boxes
 * @param {number} i
 */
export function boxColour(boxes, i) {
  const key = boxes.tracks[i] || hash(boxes.ids[i] || boxes.labels[i] || '');
  return TRACK_COLOURS[key % TRACK_COLOURS.length];
}

/**
 * Paint boxes into `area`, in device pixels.
 * @param {CanvasRenderingContext2D} context
 * @param {{x: number, y: number, width: number, height: number}} area where the frame lies
 * @param {import('./pairing.js').Boxes} boxes
 * @param {{scale: number, lateMs: number, names?: {get: (track: number) => string|undefined}}} look
 *   scale: device pixels per CSS pixel; lateMs: how much older than the picture the boxes are. They
 *   grow paler with it, and dashed when it shows. names: of tracks
 */
export function paintBoxes(context, area, boxes, { scale, lateMs, names }) {
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  context.globalAlpha = 1 - 0.5 * Math.min(1, lateMs / PALE_AT_MS);
  context.setLineDash(lateMs > DASHED_AT_MS ? [5 * scale, 4 * scale] : []);
  const places = boxes.boxes.map((box) => place(box, area));
  places.forEach((at, i) => outline(context, at, boxColour(boxes, i), scale));
  context.setLineDash([]);
  const small = area.width / scale < SMALL_PX;
  const size = small ? 11 : 13;
  const crowded = small && places.length > CROWD;
  context.font = `600 ${size * scale}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const taken = [];
  places.forEach((at, i) => {
    const text = caption(boxes, i, !crowded, names?.get(boxes.tracks[i]));
    const width = context.measureText(text).width + 11 * scale;
    const plate = freePlace(at, area, { width, height: (size + 5) * scale, scale }, taken);
    taken.push(plate);
    paintPlate(context, plate, text, boxColour(boxes, i), scale);
  });
  context.restore();
}

/**
 * What is painted beside a box: the name of who it is, else label, score and the tracker's id. The
 * score is the detector's: beside a name it would be taken for how sure that is.
 */
export function caption(boxes, i, withScore = true, name = '') {
  if (plain(name || '')) return plain(name, 24);
  const id = plain(boxes.ids[i] || '', 8);
  const words = [plain(boxes.labels[i] || '', 20) || '?'];
  if (withScore) words.push(score(boxes.scores[i]));
  if (id) words.push(`#${id}`);
  return words.join(' ');
}

function place([x1, y1, x2, y2], area) {
  const x = area.x + x1 * area.width;
  const y = area.y + y1 * area.height;
  return { x, y, width: (x2 - x1) * area.width, height: (y2 - y1) * area.height };
}

function outline(context, { x, y, width, height }, colour, scale) {
  context.lineJoin = 'round';
  context.strokeStyle = CASING;
  context.lineWidth = 4 * scale;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = colour;
  context.lineWidth = 2 * scale;
  context.strokeRect(x, y, width, height);
}

/** Where a plate hides no other: above its box, else below, else inside; else above after all. */
function freePlace(box, area, { width, height, scale }, taken) {
  const x = Math.max(area.x, Math.min(box.x - scale, area.x + area.width - width));
  const heights = [box.y - height - scale, box.y + box.height + scale, box.y + scale];
  const places = heights.map((y) => ({ x, y, width, height })).filter(({ y }) => (
    y >= area.y && y + height <= area.y + area.height));
  const free = places.find((place) => !taken.some((other) => overlap(place, other)));
  return free || places[0] || { x, y: Math.max(area.y, box.y), width, height };
}

const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width
  && a.y < b.y + b.height && b.y < a.y + a.height;

function paintPlate(context, { x, y, width, height }, text, colour, scale) {
  context.fillStyle = PLATE;
  context.fillRect(x, y, width, height);
  context.fillStyle = colour;
  context.fillRect(x, y, 4 * scale, height);
  context.fillStyle = PLATE_TEXT;
  context.fillText(text, x + 8 * scale, y + height / 2);
}

function hash(text) {
  let value = 0;
  for (let i = 0; i < text.length; i += 1) value = (value * 31 + text.charCodeAt(i)) >>> 0;
  return value;
}
