import { describe, expect, it } from 'vitest';
import { javaComplaint, javaMajorVersion } from './missing-tool.js';

describe('javaMajorVersion', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['java version "1.8.0_392"', 8],
    ['openjdk version "24-ea" 2025-03-18', 24],
    ['bash: something else', undefined],
  ])('%j is %s', (text, major) => {
    expect(javaMajorVersion(text)).toBe(major);
  });
});

describe('javaComplaint', () => {
  it('is content with 17 and with what is newer', () => {
    expect(javaComplaint('openjdk version "17.0.1"')).toBeUndefined();
    expect(javaComplaint('openjdk version "25"')).toBeUndefined();
  });

  it.each([
    [undefined, 'there is no `java` here'],
    ['java version "1.8.0_392"', 'there is Java 8 here'],
    ['openjdk version "16.0.2"', 'there is Java 16 here'],
    ['gibberish', 'there is one that does not tell its version here'],
  ])('names what is wrong with %j in one sentence', (text, words) => {
    const sentence = javaComplaint(text)!;
    expect(sentence).toContain(words);
    expect(sentence).toContain('FARTHING_KAFKA_BROKERS');
    expect(sentence.match(/\.(?= |$)/g)).toHaveLength(1);
  });
});
