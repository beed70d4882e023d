/** What cannot be taken back: one person becomes another, or is forgotten. */
import { ask } from './api.js';
import { bdi, h } from './dom.js';
import { openDialog } from './dialog.js';
import { many, personHash } from './people_words.js';
import { PersonChoice } from './person_choice.js';

/** Ask into whom to merge, do it, and go there. @param {(hash: string) => void} go */
export function askMerge(person, go) {
  const choice = new PersonChoice({ title: 'Merge into', known: true, without: person.id });
  openDialog({
    title: `Merge ${person.name} into another person`,
    content: [h('p', {}, 'Templates, sightings, tracks and events of ', bdi(person.name),
      ' become those of the other one, whose name stays. Notes are put together, and what was said '
      + 'of consent last counts. It cannot be taken back.'),
    choice.element],
    confirm: 'Merge',
    act: async (dialog) => {
      const { person: into } = await choice.resolve();
      await ask(`people/${person.id}/merge`, { method: 'POST', body: { into: into.id } });
      dialog.close();
      go(personHash(into.id));
    },
  });
  choice.focus();
}

/** Say exactly what goes, have the name typed, forget, and show the receipt. */
export function askForget(person, go) {
  const sure = h('input', { id: 'forget-name', autocomplete: 'off', spellcheck: 'false',
    oninput: () => dialog.arm(sure.value.trim() === person.name.trim()) });
  const dialog = openDialog({
    title: `Forget ${person.name}`,
    content: [h('p', {}, 'All of this goes, at once and for ever:'), h('ul', { class: 'goes' },
      h('li', {}, 'the name, the notes and the consent'),
      h('li', {}, many(person.templates, 'template'), ' with pictures'),
      h('li', {}, 'the embeddings of all faces taken for this person'),
      h('li', {}, 'the pictures of the tracks, and the name on tracks, events and in the audit'),
    ),
    h('p', {}, 'Tracks and events themselves stay, without saying who it was. Backups and '
      + 'exports that were made before still hold the person: the receipt lists the backups.'),
    h('p', {}, h('a', { href: `api/v1/people/${person.id}/export`,
      download: `person-${person.id}.json` }, 'Export all that is held'), ' first?'),
    h('label', { for: 'forget-name' }, 'Type the name to be sure: ', h('b', {}, bdi(person.name))),
    sure],
    confirm: 'Forget for ever',
    danger: true,
    armed: false,
    act: async () => {
      const gone = await ask(`people/${person.id}`, { method: 'DELETE' });
      dialog.end(...receipt(gone));
      dialog.element.addEventListener('close', () => go('#/people'));
    },
  });
  sure.focus();
}

function receipt(gone) {
  const rows = [['templates', 'template'], ['sightings', 'sighting'],
    ['rejections', 'rejected face'], ['tracks', 'track'], ['events', 'event'],
    ['texts', 'text'], ['files', 'picture']];
  const words = { tracks: ' lost the name', events: ' lost the name',
    texts: ' in which the name was struck out' };
  return [h('p', { role: 'status' }, 'Forgotten. This went:'),
    h('ul', { class: 'goes receipt' }, ...rows.map(([key, thing]) => (
      h('li', {}, many(gone[key] || 0, thing), words[key] || '')))),
    gone.backups?.length > 0 && h('p', {}, 'These backups still hold the person. Delete them; '
      + 'restoring one does not bring the person back:'),
    gone.backups?.length > 0 && h('ul', { class: 'goes' }, ...gone.backups.map((name) => (
      h('li', {}, h('code', {}, name)))))].filter(Boolean);
}
