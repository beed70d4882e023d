/** Which view an address shows. Views live in the fragment, so the back button works. */
import { Analytics } from './analytics.js';
import { Audit } from './audit.js';
import { CameraView } from './camera.js';
import { EventView } from './event_view.js';
import { Events } from './events.js';
import { Health } from './health.js';
import { People } from './people.js';
import { PersonView } from './person.js';
import { Privacy } from './privacy.js';
import { StrangerView } from './stranger.js';
import { Strangers } from './strangers.js';
import { Threshold } from './threshold.js';
import { TrackView } from './track.js';
import { Tracks } from './tracks.js';
import { Wall } from './wall.js';
import { Zones } from './zones.js';

/**
 * What a view offers.
 * @typedef {{title: string, heading: HTMLElement, element: HTMLElement,
 *   stage: (camera: string) => import('./stage.js').Stage|undefined,
 *   focusTarget: (from: string|null) => HTMLElement,
 *   refresh: () => void, update: () => void, close: () => void}} View
 *   refresh: the list of cameras changed; update: a status came, or time went by
 */

/**
 * Make the view of an address.
 * @param {string} hash
 * @param {import('./app.js').Context} context
 * @returns {{name: string, view: View}} name: the entry of the navigation it belongs to
 */
export function makeView(hash, context) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [room, ...rest] = path.split('/');
  const key = decoded(rest.join('/'));
  if (room === 'camera' && key) return { name: 'wall', view: new CameraView(context, key) };
  if (room === 'events' && key) return { name: 'events', view: new EventView(context, key) };
  if (room === 'events') {
    return { name: 'events', view: new Events(context, new URLSearchParams(query)) };
  }
  if (room === 'tracks' && key) return { name: 'tracks', view: new TrackView(context, key) };
  if (room === 'tracks') {
    return { name: 'tracks', view: new Tracks(context, new URLSearchParams(query)) };
  }
  if (room === 'analytics') {
    return { name: 'analytics', view: new Analytics(context, new URLSearchParams(query)) };
  }
  if (room === 'zones') return { name: 'zones', view: new Zones(context, key) };
  if (room === 'people' && key) return { name: 'people', view: new PersonView(context, key) };
  if (room === 'people') {
    return { name: 'people', view: new People(context, new URLSearchParams(query)) };
  }
  if (room === 'strangers' && key) {
    return { name: 'people', view: new StrangerView(context, key) };
  }
  if (room === 'strangers') return { name: 'people', view: new Strangers(context) };
  if (room === 'threshold') {
    return { name: 'people', view: new Threshold(context, new URLSearchParams(query)) };
  }
  if (room === 'privacy') return { name: 'people', view: new Privacy(context) };
  if (room === 'audit') {
    return { name: 'people', view: new Audit(context, new URLSearchParams(query)) };
  }
  if (room === 'health') return { name: 'health', view: new Health(context) };
  return { name: 'wall', view: new Wall(context) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken address is a name that nobody has
  }
}
