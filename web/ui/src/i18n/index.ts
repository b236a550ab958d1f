/** Interface languages: loaded when chosen, Chinese or English by the browser's wish. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setApiLanguage } from '~/api/client';
import type { CurateMessages } from '~/i18n/curate.zh-CN';
import type { IndexingMessages } from '~/i18n/indexing.zh-CN';
import type { LaterMessages } from '~/i18n/later.zh-CN';
import type { LoopMessages } from '~/i18n/loop.zh-CN';
import type { Messages } from '~/i18n/zh-CN';

export const LANGUAGES = { 'zh-CN': '简体中文', en: 'English' } as const;
export type Language = keyof typeof LANGUAGES;
const STORAGE_KEY = 'zhiku-language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: {
      translation: Messages & LaterMessages;
      loop: LoopMessages;
      curate: CurateMessages;
      indexing: IndexingMessages;
    };
  }
}

type Loader = () => Promise<{ default: object }>;

/** The texts of each area; all but the first are fetched with the screens that need them. */
const loaders = {
  translation: { 'zh-CN': () => import('~/i18n/zh-CN'), en: () => import('~/i18n/en') },
  later: { 'zh-CN': () => import('~/i18n/later.zh-CN'), en: () => import('~/i18n/later.en') },
  loop: { 'zh-CN': () => import('~/i18n/loop.zh-CN'), en: () => import('~/i18n/loop.en') },
  curate: { 'zh-CN': () => import('~/i18n/curate.zh-CN'), en: () => import('~/i18n/curate.en') },
  indexing: {
    'zh-CN': () => import('~/i18n/indexing.zh-CN'),
    en: () => import('~/i18n/indexing.en'),
  },
} satisfies Record<string, Record<Language, Loader>>;
type Area = keyof typeof loaders;
const wanted = new Set<Area>(['translation']);

/** The stored choice, else what the browser asks for, else English. */
export function preferredLanguage(stored: string | null, browser: readonly string[]): Language {
  if (stored === 'zh-CN' || stored === 'en') return stored;
  const first = browser.find((tag) => /^(zh|en)\b/i.test(tag));
  return first && /^zh/i.test(first) ? 'zh-CN' : 'en';
}

function storedLanguage(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

/** What is there already, as "en/loop". */
const loaded = new Set<string>();

async function load(language: Language): Promise<void> {
  const missing = [...wanted].filter((area) => !loaded.has(`${language}/${area}`));
  await Promise.all(
    missing.map(async (area) => {
      const messages = await loaders[area][language]();
      // `later` adds to the texts of the first screen; the other areas have keys of their own.
      const into = area === 'later' ? 'translation' : area;
      i18next.addResourceBundle(language, into, messages.default, true);
      loaded.add(`${language}/${area}`);
    }),
  );
}

/** A screen and the texts of its areas, together: `lazyRouteComponent(withTexts('loop', …), …)`. */
export function withTexts<Screen>(areas: Area | readonly Area[], screen: () => Promise<Screen>) {
  return async (): Promise<Screen> => {
    for (const area of [areas].flat()) wanted.add(area);
    const [found] = await Promise.all([screen(), load(i18next.language as Language)]);
    return found;
  };
}

export async function startI18n(): Promise<void> {
  const language = preferredLanguage(storedLanguage(), navigator.languages);
  const messages = await loaders.translation[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: messages.default } },
    fallbackLng: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  loaded.add(`${language}/translation`);
  apply(language);
}

function apply(language: Language): void {
  document.documentElement.lang = language;
  setApiLanguage(language);
}

export async function changeLanguage(language: Language): Promise<void> {
  await load(language);
  apply(language);
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage may be forbidden; the choice then lasts for this page only.
  }
  await i18next.changeLanguage(language);
}
