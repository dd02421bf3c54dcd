import type { INodePropertyOptions } from 'n8n-workflow';
import { locales } from '../../../../shared/locales.ts';

/** The API's locales with readable names, such as `German (Austria)`, sorted by name. */
export function localeOptions(): INodePropertyOptions[] {
  return locales
    .map((locale) => ({ name: nameOf(locale), value: locale, description: locale }))
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en'));
}

const languages = new Intl.DisplayNames('en', { type: 'language' });
const regions = new Intl.DisplayNames('en', { type: 'region' });

/**
 * Names the language and the region separately, because Intl canonicalizes a whole tag: `cmn` would become
 * Chinese, and `arz-EG` Arabic. A nonstandard region (`EN`) is shown as is.
 */
function nameOf(locale: string): string {
  const [language = '', region = ''] = locale.split('-');
  return `${languageNames[language] ?? languages.of(language)} (${regions.of(region)})`;
}

/** Languages that Intl does not name distinctly. */
const languageNames: Record<string, string> = {
  acm: 'Iraqi Arabic',
  afb: 'Gulf Arabic',
  apc: 'Levantine Arabic',
  cmn: 'Mandarin Chinese',
};
