/** Zones, tripwires and masks as the bridge has them. */
import { ask } from './api.js';

/** @type {{zone: string, tripwire: string, mask: string}} kind -> last part of the address */
export const PLURALS = { zone: 'zones', tripwire: 'tripwires', mask: 'masks' };

/** The address of a camera's shapes of one kind, or of one of them. */
export function shapePath(camera, kind, id = null) {
  const path = `cameras/${encodeURIComponent(camera)}/${PLURALS[kind]}`;
  return id === null ? path : `${path}/${id}`;
}

/**
 * Read the shapes of cameras.
 * @param {Iterable<string>} cameras @param {('zone'|'tripwire'|'mask')[]} kinds
 * @returns {Promise<Object[]>} as in docs/api.md, each with its `kind`
 */
export async function readShapes(cameras, kinds) {
  const wanted = [...cameras].flatMap((camera) => kinds.map((kind) => [camera, kind]));
  const lists = await Promise.all(wanted.map(async ([camera, kind]) => {
    const answer = await ask(shapePath(camera, kind));
    return answer.items.map((shape) => ({ ...shape, camera, kind }));
  }));
  return lists.flat();
}

/** Shapes as options of a `select`; with their camera where there are several. */
export function shapeOptions(shapes) {
  const several = new Set(shapes.map(({ camera }) => camera)).size > 1;
  return shapes.map(({ id, name, camera }) => (
    [String(id), several ? `${name} (${camera})` : name]));
}
