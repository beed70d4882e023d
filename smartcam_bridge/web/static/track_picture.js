/** A track in the picture: its best shot, its box, and the way it went. */
import { h, svg } from './dom.js';

const HEIGHT = 1000; // units of the drawing; its width follows the camera's frame

/**
 * Draw a track's path over the frame of its best shot; without one over the camera as it is now.
 * @param {Object} track as in docs/api.md
 * @param {{ratio: number, hasPictures: boolean}} camera width by height of its frame
 */
export function trackPicture(track, { ratio, hasPictures }) {
  const { shot } = track;
  const own = shot ? shot.width / shot.height : ratio;
  const width = Math.round(HEIGHT * own);
  const points = track.path.map(({ x, y }) => [x * width, y * HEIGHT]);
  const label = `Path of ${track.label || 'the track'} through the picture of ${track.camera}: `
    + `${points.length} points`;
  const picture = h('div', { class: 'path-stage' }, backdrop(track, hasPictures),
    svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': label },
      ...(points.length ? marks(points) : []), shot && box(shot.box, width)));
  picture.style.setProperty('--ratio', `${own}`);
  return h('figure', {}, picture, h('figcaption', {}, caption(track, hasPictures)));
}

function backdrop({ id, camera, shot }, hasPictures) {
  const name = encodeURIComponent(camera);
  const src = shot ? `api/v1/tracks/${id}/frame.jpg` : `api/v1/cameras/${name}/snapshot.jpg?width=960`;
  return (shot || hasPictures) && h('img', { class: shot ? 'backdrop shot' : 'backdrop', alt: '',
    src, onerror: (event) => event.target.remove() });
}

function caption({ path, shot }, hasPictures) {
  if (!path.length) return 'No path was stored for this track.';
  const way = 'The way of its feet, the bottom centre of the box: from the ring to the dot.';
  if (shot) return `${way} Behind it the best shot, with the box that was seen there.`;
  return hasPictures ? `${way} Behind it the camera as it is now.` : way;
}

function box([x1, y1, x2, y2], width) {
  const place = { x: x1 * width, y: y1 * HEIGHT, width: (x2 - x1) * width,
    height: (y2 - y1) * HEIGHT };
  return svg('g', {}, svg('rect', { class: 'box-casing', ...place }),
    svg('rect', { class: 'box-line', ...place }));
}

function marks(points) {
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const [first, last] = [points[0], points[points.length - 1]];
  return [
    svg('polyline', { class: 'path-casing', points: line }),
    svg('polyline', { class: 'path-line', points: line }),
    ...points.slice(1, -1).map(([cx, cy]) => svg('circle', { class: 'path-point', cx, cy, r: 5 })),
    svg('circle', { class: 'path-start', cx: first[0], cy: first[1], r: 16 }),
    svg('circle', { class: 'path-end', cx: last[0], cy: last[1], r: 16 }),
  ];
}
