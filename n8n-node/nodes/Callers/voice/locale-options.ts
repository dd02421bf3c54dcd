import type { INodePropertyOptions } from 'n8n-workflow';
import { locales } from '../../../../shared/locales.ts';

/** The API's locales with names that people read, such as `German (Austria)`, in the order of the names. */
export function localeOptions(): INodePropertyOptions[] {
  return locales
    .map((locale) => ({ name: nameOf(locale), value: locale, description: locale }))
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en'));
}

const languages = new Intl.DisplayNames('en', { type: 'language' });
const regions = new Intl.DisplayNames('en', { type: 'region' });

/**
 * Language and region apart, because together they are canonicalized: `cmn` would become plain Chinese, and
 * `arz-EG` plain Arabic. A region that no standard knows (`EN`) is shown as it is.
 */
function nameOf(locale: string): string {
  const [language = '', region = ''] = locale.split('-');
  return `${languageNames[language] ?? languages.of(language)} (${regions.of(region)})`;
}

/** Languages that the tables of Intl do not name, or not apart from others. */
const languageNames: Record<string, string> = {
  acm: 'Iraqi Arabic',
  afb: 'Gulf Arabic',
  apc: 'Levantine Arabic',
  cmn: 'Mandarin Chinese',
};
