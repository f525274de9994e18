import { expect, it, test } from 'vitest';
import { LocalText } from './local-text.js';

/** Locales put a space of one kind or another where we write one. */
const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ');

test.each([
  ['en', '0.25', 'USD', '$0.25'],
  ['en', '0.2', 'USD', '$0.20'],
  ['en', '0.000000000000000001', 'USD', '$0.000000000000000001'],
  [
    'en',
    '123456789012345678.000000000000000001',
    'USD',
    '$123,456,789,012,345,678.000000000000000001',
  ],
  ['de', '9007199254740993.1', 'EUR', '9.007.199.254.740.993,10 €'],
  ['fr-CH', '1234.5', 'CHF', '1 234.50 CHF'],
  ['ja', '5', 'JPY', '￥5'],
  ['ja', '0.5', 'JPY', '￥0.5'],
  ['en', '1.5', 'KWD', 'KWD 1.500'],
  ['en-IN', '1234567', 'INR', '₹12,34,567.00'],
])('in %s, %s %s is %s, to the last digit', (locale, amount, currency, text) => {
  expect(plain(new LocalText(locale).money(amount, currency))).toBe(text);
});

test.each([
  ['en', 'Units up to 1,011.5 cost 0.0015 each: the 1,000th costs 2.'],
  ['de', 'Units up to 1.011,5 cost 0,0015 each: the 1.000th costs 2.'],
])('in %s, a sentence has the numbers of the locale', (locale, sentence) => {
  const english = 'Units up to 1,011.5 cost 0.0015 each: the 1,000th costs 2.';
  expect(new LocalText(locale).sentence(english)).toBe(sentence);
});

it('writes each number of a sentence with the digits that it has', () => {
  const english = 'The 1st costs 0.20, the next 1.000000000000000001.';
  expect(new LocalText('de').sentence(english)).toBe(
    'The 1st costs 0,20, the next 1,000000000000000001.',
  );
});

it('leaves names and what is quoted alone', () => {
  const english = 'For format mp4 or "2024.5" each costs 0.5.';
  expect(new LocalText('de').sentence(english)).toBe('For format mp4 or "2024.5" each costs 0,5.');
});

it('writes an instant in UTC, and English for a language that the runtime does not know', () => {
  const at = Date.UTC(2027, 0, 1) * 1_000;
  expect(plain(new LocalText('de').instant(at))).toBe('1. Januar 2027 um 00:00:00 UTC');
  expect(new LocalText('tlh').locale).toBe('en');
});
