/** The geometry of what is drawn: points in [0,1] of the frame. */

/** @typedef {[x: number, y: number]} Point */

const DIGITS = 1e4;

/** Bring a point into the frame, and to a few digits. @param {Point} point @returns {Point} */
export function tidy([x, y]) {
  const bound = (value) => Math.round(Math.min(1, Math.max(0, value)) * DIGITS) / DIGITS;
  return [bound(x), bound(y)];
}

/** The middle of each edge, where a point can be added; a closed outline has one more. */
export function middles(points, closed) {
  const n = closed ? points.length : points.length - 1;
  return Array.from({ length: n }, (_, i) => {
    const [a, b] = [points[i], points[(i + 1) % points.length]];
    return tidy([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
  });
}

/** Whether a point lies inside a polygon (even-odd rule). */
export function inside(points, [x, y]) {
  let odd = false;
  points.forEach(([x1, y1], i) => {
    const [x2, y2] = points.at(i - 1);
    if ((y1 > y) !== (y2 > y) && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  });
  return odd;
}

/** The middle of all points: where a shape's name stands. */
export function centre(points) {
  return [0, 1].map((axis) => (
    points.reduce((sum, point) => sum + point[axis], 0) / points.length));
}

/**
 * The arrow that shows `in`: from the line's left to its right, seen from start to end. The
 * picture's y points down, so the right of (dx, dy) is (-dy, dx).
 * @param {Point} start @param {Point} end @param {number} ratio width by height of the frame
 * @param {number} length of the arrow, in heights of the frame
 * @returns {[Point, Point]} from, to
 */
export function inArrow(start, end, ratio, length = 0.12) {
  const [dx, dy] = [(end[0] - start[0]) * ratio, end[1] - start[1]];
  const long = Math.hypot(dx, dy) || 1;
  const [x, y] = centre([start, end]);
  const [ax, ay] = [((-dy / long) * length) / ratio / 2, ((dx / long) * length) / 2];
  return [[x - ax, y - ay], [x + ax, y + ay]];
}

/** Where a box counts. @param {number[]} box x1, y1, x2, y2 @param {string} anchor @returns {Point} */
export function anchorOf([x1, y1, x2, y2], anchor = 'bottom_center') {
  const [row, column = 'center'] = anchor.split('_');
  return [{ left: x1, center: (x1 + x2) / 2, right: x2 }[column],
    { top: y1, center: (y1 + y2) / 2, bottom: y2 }[row]];
}

/** What a shape is drawn with: its corners, or both ends of its line. */
export const pointsOf = (shape) => (
  shape.kind === 'tripwire' ? [shape.start, shape.end] : shape.points);

/** A shape with other points. */
export const withPoints = (shape, points) => (shape.kind === 'tripwire'
  ? { ...shape, start: points[0], end: points[1] } : { ...shape, points });
