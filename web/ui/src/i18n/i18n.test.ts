import { describe, expect, it } from 'vitest';
import { preferredLanguage } from '~/i18n';
import curateEn from '~/i18n/curate.en';
import curateZh from '~/i18n/curate.zh-CN';
import en from '~/i18n/en';
import { categoryLabel, formatBytes, formatLanguage, formatWhen } from '~/i18n/format';
import laterEn from '~/i18n/later.en';
import laterZh from '~/i18n/later.zh-CN';
import loopEn from '~/i18n/loop.en';
import loopZh from '~/i18n/loop.zh-CN';
import zh from '~/i18n/zh-CN';

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  );
}
const slots = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]).sort();

describe('the two languages', () => {
  const chinese = new Map(flat({ main: zh, later: laterZh, loop: loopZh, curate: curateZh }));
  const english = new Map(flat({ main: en, later: laterEn, loop: loopEn, curate: curateEn }));

  it('have the same keys, none of them empty', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
    expect([...chinese, ...english].filter(([, text]) => !text)).toEqual([]);
  });

  it('use the same slots in each sentence', () => {
    for (const [key, text] of chinese) {
      if (key.endsWith('_one')) continue; // "1" may be left out of a singular
      expect([key, slots(english.get(key) ?? '')]).toEqual([key, slots(text)]);
    }
  });
});

describe('the language at first', () => {
  it('is what was chosen, else the browser’s, else English', () => {
    expect(preferredLanguage('en', ['zh-CN'])).toBe('en');
    expect(preferredLanguage(null, ['fr', 'zh-TW', 'en'])).toBe('zh-CN');
    expect(preferredLanguage(null, ['en-GB', 'zh'])).toBe('en');
    expect(preferredLanguage('xx', ['fr'])).toBe('en');
  });
});

describe('figures', () => {
  it('follow the reader', () => {
    expect(formatBytes(1_572_864, 'en')).toBe('1.5 MB');
    expect(formatBytes(0, 'en')).toBe('0 bytes');
    expect(formatLanguage('zh', 'en')).toBe('Chinese');
    expect(formatLanguage('und', 'en')).toBe('');
    expect(formatWhen('nonsense', 'en')).toBe('nonsense');
    expect(formatWhen('2020-03-04T12:00:00Z', 'en', new Date('2026-01-01'))).toBe('Mar 4, 2020');
  });

  it('name a category in the reader’s language, and nothing when unsure', () => {
    const contract = { name: 'contract', name_zh: '合同', name_en: 'Contract' };
    expect(categoryLabel(contract, 'zh-CN')).toBe('合同');
    expect(categoryLabel(contract, 'en')).toBe('Contract');
    expect(categoryLabel({ name: null, name_zh: null, name_en: null }, 'en')).toBe('');
  });
});
