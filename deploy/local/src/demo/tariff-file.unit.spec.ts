import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../repository.js';
import { readTariffFile } from './tariff-file.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'farthing-tariff-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const price = (key: string, currency: string) => ({ key, currency, description: `A ${key}` });
const book = {
  meters: [{ key: 'reads', eventTypes: ['read'] }],
  prices: [price('a', 'EUR'), price('b', 'EUR'), { ...price('a', 'EUR'), description: 'Now' }],
  plans: [{ key: 'p', prices: ['b', 'a'] }],
};

describe('readTariffFile', () => {
  it('takes the book of one plan, its prices in the order of the plan', () => {
    const file = join(folder, 'mine.json');
    writeFileSync(file, JSON.stringify(book));
    const [a, b, later] = book.prices;
    expect(readTariffFile(file)).toEqual({
      name: 'mine',
      currency: 'EUR',
      plan: 'p',
      meters: [{ key: 'reads', eventTypes: ['read'], document: { eventTypes: ['read'] } }],
      prices: [
        { key: 'b', label: 'b', description: 'A b', versions: [b] },
        { key: 'a', label: 'a', description: 'Now', versions: [a, later] },
      ],
    });
  });

  it('takes the one that lies here', () => {
    const magazine = readTariffFile(join(repositoryRoot, 'deploy/local/tariffs/magazine.yaml'));
    expect(magazine).toMatchObject({ name: 'magazine', currency: 'USD', plan: 'magazine' });
  });

  it.each([
    ['nothing there', undefined, /cannot be read/],
    ['no YAML', '{', /cannot be read/],
    ['no price', JSON.stringify({ ...book, prices: [] }), /no price book of one plan: prices/],
    [
      'two plans',
      JSON.stringify({ ...book, plans: [...book.plans, ...book.plans] }),
      /of one plan: plans/,
    ],
    [
      'two currencies',
      JSON.stringify({ ...book, prices: [...book.prices, price('c', 'USD')] }),
      /prices in EUR, USD/,
    ],
  ])('says in a sentence what is wrong: %s', (name, text, sentence) => {
    const file = join(folder, `${name}.yaml`);
    if (text !== undefined) writeFileSync(file, text);
    expect(() => readTariffFile(file)).toThrow(sentence);
  });
});
