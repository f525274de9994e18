import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';

const ROW = /^\| `(\w+)` *\|([^|]*)\| (.*?) *\|$/;

/** `docs/problems.md` for a browser: each code is the place that the `type` of a problem leads to. */
export function problemsPage(): string {
  const lines = readFileSync(join(repositoryRoot, 'docs/problems.md'), 'utf8').split('\n');
  const parts: string[] = [];
  for (const line of lines) {
    const row = ROW.exec(line);
    if (row) {
      const [, code, status, sentence] = row;
      parts.push(
        `<dt id="${code}"><code>${code}</code> ${status!.trim()}</dt><dd>${html(sentence!)}</dd>`,
      );
    } else if (line.startsWith('## ')) {
      parts.push(`</dl><h2>${html(line.slice(3))}</h2><dl>`);
    }
  }
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Farthing: problems</title>
<style>body{font:16px/1.5 system-ui;max-width:48rem;margin:2rem auto;padding:0 1rem}dt{margin-top:1rem}:target{background:#ffef9f}</style>
<h1>Problems</h1><p>What an answer's <code>code</code> means.</p><dl>${parts.join('\n')}</dl></html>\n`;
}

function html(text: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return safe.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
