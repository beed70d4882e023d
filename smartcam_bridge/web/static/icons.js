/** Small drawings beside words. They are decoration: each stands beside its name. */
import { svg } from './dom.js';

const SHAPES = {
  check: ['M3.5 9.5 7 13 14.5 5'],
  pin: ['M6 2.5h6l-.8 5 2.8 3.2H4l2.8-3.2z', 'M9 10.7V16'],
  thing: ['M2.5 5V2.5H5M13 2.5h2.5V5M15.5 13v2.5H13M5 15.5H2.5V13', 'M6 6h6v6H6z'],
  zone: ['M3 6 9.5 2.5 15.5 7 13 15H5z'],
  tripwire: ['M9 2v14', 'M3 9h5M6 6.5 8.5 9 6 11.5M11.5 9H15'],
  mask: ['M3 3h12v12H3z', 'M3 9 9 3M3 15 15 3M9 15l6-6'],
  camera: ['M2.5 5.5h9v7h-9z', 'M11.5 8 15.5 6v6l-4-2'],
  person: ['M9 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z', 'M3 15.5c.6-3 3-4.3 6-4.3s5.4 1.3 6 4.3'],
  reject: ['M7.5 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6z', 'M2 15c.5-2.8 2.7-4 5.5-4 1 0 2 .2 2.8.5',
    'M11.5 11l4 4M15.5 11l-4 4'],
  note: ['M4 2.5h7l3 3v10H4z', 'M6.5 8h5M6.5 11h5'],
};

/** @param {string} name one of SHAPES */
export function icon(name) {
  return svg('svg', { class: 'icon', viewBox: '0 0 18 18', 'aria-hidden': 'true' },
    ...SHAPES[name].map((d) => svg('path', { d })));
}
