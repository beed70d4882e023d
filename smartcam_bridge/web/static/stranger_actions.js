/** What cannot be taken back about a stranger. */
import { ask } from './api.js';
import { h } from './dom.js';
import { openDialog } from './dialog.js';
import { many } from './people_words.js';

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
