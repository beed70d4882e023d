/** Give a person a face, and say what to do where the bridge refuses it. */
import { ask } from './api.js';
import { h } from './dom.js';
import { personLink } from './people_words.js';
import { administers } from './roles.js';
import { score } from './words.js';

/** What the gate refuses, and what helps. */
const REFUSALS = {
  face_too_small: 'The face is too small. Take one that was nearer to the camera.',
  face_blurred: 'The face is blurred. Take a sharper one, from somebody who stands still.',
  several_faces: 'There is more than one face. Cut the picture so that it shows one only.',
  no_face: 'There is no face to be found. Take a picture that shows it from the front.',
  bad_picture: 'This is no picture that can be read. Take a JPEG or PNG.',
  near_duplicate: 'There is a template just like this face. It would add nothing: take a face '
    + 'from another day, light or side.',
  nearer_to_other: 'The face is more like somebody else. If both are one person, merge them.',
  consent: 'This person said no to being recognised. Change the consent first.',
  gallery_full: 'There is no more room for templates. Delete some, or raise gallery_max_mb.',
  unknown_model: 'Nobody said how alike two faces of this face model must be. Add it to '
    + 'face_thresholds.',
  no_embedder: 'No embedder answers, so no face can be found in a picture. Start one: '
    + 'ros2 run smartcam_bridge face_embedder',
};
/** Say whom a face is more like. */
async function otherWords({ code, body = {} }) {
  if (code !== 'nearer_to_other' || !body.person) return null;
  const other = await ask(`people/${body.person}`).catch(() => null);
  return other && h('p', {}, 'It is more like ', personLink(other), '.');
}

const FINAL = ['consent', 'gallery_full', 'unknown_model', 'no_face', 'bad_picture',
  'no_embedder'];

/** Say why a face was refused, and what to do. @param {import('./api.js').Problem} problem */
export function refusalWords({ code, message, body = {} }) {
  const words = REFUSALS[code] || message;
  if (!body.similarity) return words;
  return `${words} (similarity ${score(body.similarity)})`;
}

/** Whether an admin's word counts more than the gate's. */
export function overridable({ status, code }) {
  return status === 422 && code in REFUSALS && !FINAL.includes(code);
}

/**
 * Enroll, and where the gate refuses say so, with the way around it for those who may.
 * @param {number} person
 * @param {Object} body as `POST /people/{id}/templates` takes it
 * @param {{role: string, show: (...children: (Node|string)[]) => void, done: () => any}} how
 *   show: where a refusal is shown; none: takes it away
 */
export async function enroll(person, body, { role, show, done }) {
  show();
  try {
    await ask(`people/${person}/templates`, { method: 'POST', body });
  } catch (problem) {
    const again = overridable(problem) && administers(role) && h('button', { type: 'button',
      onclick: () => enroll(person, { ...body, override: true }, { role, show, done }) },
    'Enroll anyway');
    show(...[h('p', {}, refusalWords(problem)), await otherWords(problem), again].filter(Boolean));
    return;
  }
  await done();
}
