/** What cannot be taken back about a stranger. */
import { ask } from './api.js';
import { h } from './dom.js';
import { openDialog } from './dialog.js';
import { many } from './people_words.js';
import { clock } from './words.js';

const OFFERED = 100;

/** Let somebody choose who it is the same as, and merge. @param {(id: number) => any} done */
export async function askMerge({ id, model }, done) {
  const { items } = await ask('strangers', { query: { limit: OFFERED } });
  const others = items.filter((other) => other.id !== id && other.model === model);
  const dialog = openDialog({
    title: `Stranger ${id} is the same as`,
    content: others.length ? [h('fieldset', { class: 'who-else',
      onchange: () => dialog.arm(true) },
    h('legend', {}, 'Faces, tracks and events become theirs. It cannot be taken back.'),
    ...others.map(choice))] : [h('p', {}, 'There is no other stranger.')],
    confirm: 'Merge',
    armed: false,
    act: async () => {
      const into = Number(dialog.element.querySelector('input:checked').value);
      await ask(`strangers/${id}/merge`, { method: 'POST', body: { into } });
      dialog.close();
      await done(into);
    },
  });
  dialog.element.querySelector('input')?.focus();
}

const choice = ({ id, tracks, last, thumbnails: [src] }) => h('label', {},
  h('input', { type: 'radio', name: 'into', value: String(id) }),
  src && h('img', { alt: '', src: src.replace(/^\//, ''), loading: 'lazy' }),
  h('span', {}, `Stranger ${id}`, h('span', { class: 'summary' },
    ` ${many(tracks, 'track')}, last `, h('time', { datetime: last }, clock(last)))));

/** Say what goes, and forget. @param {Object} stranger as in docs/api.md @param {() => any} done */
export function askForget({ id, sightings }, done) {
  openDialog({
    title: `Forget stranger ${id}`,
    content: [h('p', {}, `The embeddings of ${many(sightings, 'face')} go, at once and for ever. `
      + 'Tracks and events stay. Who comes again is a new stranger.')],
    confirm: 'Forget',
    danger: true,
    act: async (dialog) => {
      await ask(`strangers/${id}`, { method: 'DELETE' });
      dialog.close();
      await done();
    },
  });
}
