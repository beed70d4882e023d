/** Where things stood: over a camera's picture, and on the robot's map. */
import { h, svg } from './dom.js';
import { brief } from './plot.js';

// From nothing to much, getting lighter all the way, so that it is read without colour too.
const STEPS = [[20, 11, 52], [87, 16, 110], [158, 40, 100], [219, 80, 56], [251, 158, 7],
  [252, 244, 150]];

/** Colour and opacity of a share in [0,1]: `[red, green, blue, alpha]`, each 0 to 255. */
export function heat(share) {
  const at = Math.min(1, Math.max(0, share)) * (STEPS.length - 1);
  const i = Math.min(STEPS.length - 2, Math.floor(at));
  const colour = STEPS[i].map((from, k) => from + (STEPS[i + 1][k] - from) * (at - i));
  return [...colour.map(Math.round), share > 0 ? Math.round(110 + 130 * Math.min(1, share)) : 0];
}

/** Show `GET /analytics/heatmap` over the camera's picture. @param {number} ratio of the frame */
export function heatMap({ camera, width, height, cells, total, unit }, ratio, hasPicture) {
  const top = Math.max(1, ...cells.flat());
  const canvas = h('canvas', { width, height, role: 'img',
    'aria-label': `Where ${brief(total)} ${unit} of ${camera} stood. ${densest(cells)}` });
  paint(canvas, (x, y) => Math.sqrt(cells[y][x] / top));
  const picture = h('div', { class: 'heat-picture' }, hasPicture && h('img', {
    alt: '', src: `api/v1/cameras/${encodeURIComponent(camera)}/snapshot.jpg?width=960`,
    onerror: (event) => event.target.remove() }), canvas);
  picture.style.setProperty('--ratio', String(ratio));
  const key = h('canvas', { width: 64, height: 1, 'aria-hidden': 'true' });
  paint(key, (x) => x / 63);
  return h('figure', { class: 'plot-figure' },
    h('figcaption', {}, h('h2', {}, `Where they stood, ${camera}`)), picture,
    h('p', { class: 'scale' }, 'none', key, `${brief(top)} ${unit} a cell`),
    h('p', { class: 'plot-readout' }, densest(cells)));
}

/** Show `GET /analytics/places`: x to the right, y up, in metres of a frame. */
export function placeMap({ frame, cell_m: side, cells }) {
  const [xs, ys] = [cells.map(({ x }) => x), cells.map(({ y }) => y)];
  const [left, right] = [Math.min(...xs), Math.max(...xs) + side];
  const [low, high] = [Math.min(...ys), Math.max(...ys) + side];
  const top = Math.max(...cells.map(({ tracks }) => tracks));
  const [best] = [...cells].sort((a, b) => b.tracks - a.tracks);
  const words = `Most tracks, ${brief(best.tracks)}, began while the robot was at ${
    brief(best.x)} to ${brief(best.x + side)}, ${brief(best.y)} to ${brief(best.y + side)} m.`;
  return h('figure', { class: 'plot-figure' },
    h('figcaption', {}, h('h2', {}, `Where the robot was, in ${frame}`)),
    svg('svg', { class: 'plot places', role: 'img', 'aria-label': words,
      viewBox: `${left} ${-high} ${right - left} ${high - low}` },
    ...cells.map(({ x, y, tracks }) => svg('rect', { class: 'place-cell', x, y: -(y + side),
      width: side, height: side, 'fill-opacity': 0.08 + 0.92 * Math.sqrt(tracks / top) },
    svg('title', {}, `${brief(x)}, ${brief(y)} m: ${tracks} tracks`)))),
    h('p', { class: 'plot-readout' }, words));
}

function paint(canvas, shareAt) {
  const { width, height } = canvas;
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels.data.set(heat(shareAt(x, y)), (y * width + x) * 4);
  }
  context.putImageData(pixels, 0, 0);
}

function densest(cells) {
  const most = Math.max(...cells.flat());
  if (!most) return 'Nothing was counted.';
  const y = cells.findIndex((row) => row.includes(most));
  const x = cells[y].indexOf(most);
  const third = (at, n, names) => names[Math.min(2, Math.floor((at / n) * 3))];
  return `Most stood ${third(y, cells.length, ['at the top', 'in the middle', 'at the bottom'])}, ${
    third(x, cells[0].length, ['left', 'centre', 'right'])}.`;
}
