/** Interface languages: loaded when chosen, Chinese or English by the browser's wish. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setApiLanguage } from '~/api/client';
import type { Messages } from '~/i18n/zh-CN';

export const LANGUAGES = { 'zh-CN': '简体中文', en: 'English' } as const;
export type Language = keyof typeof LANGUAGES;
const STORAGE_KEY = 'zhiku-language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: Messages };
  }
}

const loaders: Record<Language, () => Promise<{ default: Messages }>> = {
  'zh-CN': () => import('~/i18n/zh-CN'),
  en: () => import('~/i18n/en'),
};

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

async function load(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const messages = await loaders[language]();
    i18next.addResourceBundle(language, 'translation', messages.default);
  }
}

export async function startI18n(): Promise<void> {
  const language = preferredLanguage(storedLanguage(), navigator.languages);
  const messages = await loaders[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: messages.default } },
    fallbackLng: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
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
