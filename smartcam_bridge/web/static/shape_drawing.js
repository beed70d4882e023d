/** One shape as it is drawn over a picture. */
import { svg } from './dom.js';
import { centre, inArrow, pointsOf } from './outline.js';

/**
 * @param {Object} shape
 * @param {{scaled: (point: import('./outline.js').Point) => number[], ratio: number,
 *   chosen: boolean, wrong: boolean}} look scaled: from [0,1] to units of the drawing
 * @returns {SVGElement}
 */
export function drawn(shape, { scaled, ratio, chosen, wrong }) {
  const points = pointsOf(shape).map(scaled);
  const kind = `shape ${shape.kind}${chosen ? ' chosen' : ''}${wrong ? ' wrong' : ''}${
    shape.enabled === false ? ' off' : ''}`;
  const [x, y] = scaled(centre(pointsOf(shape)));
  const name = svg('text', { class: 'shape-name', x, y: y + (shape.kind === 'tripwire' ? -26 : 0) },
    shape.name || '');
  if (shape.kind !== 'tripwire') {
    return svg('g', { class: kind }, svg('polygon', { class: 'casing', points: points.join(' ') }),
      svg('polygon', { class: 'line', points: points.join(' ') }), name);
  }
  const [from, to] = inArrow(shape.start, shape.end, ratio).map(scaled);
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const wing = (turn) => [to[0] - 30 * Math.cos(angle + turn), to[1] - 30 * Math.sin(angle + turn)];
  const arrow = `M${from}L${to}M${wing(0.6)}L${to}L${wing(-0.6)}`;
  const [start, end] = points;
  const line = `M${start}L${end}`;
  return svg('g', { class: kind }, svg('path', { class: 'casing', d: `${line}${arrow}` }),
    svg('path', { class: 'line', d: line }), svg('path', { class: 'arrow', d: arrow }),
    svg('circle', { class: 'start', cx: start[0], cy: start[1], r: 11 }),
    svg('text', { class: 'shape-name', x: to[0] + 34 * Math.cos(angle),
      y: to[1] + 34 * Math.sin(angle) + 10 }, 'in'), name);
}
