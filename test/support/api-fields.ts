/** A field of the API, in JSON Schema. */
export interface ApiField {
  type: 'string' | 'number' | 'boolean' | 'array';
  minLength?: number;
  enum?: string[];
  items?: { type: 'string'; enum: string[] };
  minimum?: number;
  maximum?: number;
}

/**
 * What the API's documentation says of the request ("Clone a new voice from audio samples", docs.callers.ai), written down from
 * there and not from our schema. `subOrganizationId` is our name of the header `x-sub-organization-id`.
 */
const documented: Record<string, ApiField> = {
  name: { type: 'string', minLength: 5 },
  description: { type: 'string' },
  providerType: { type: 'string', enum: ['ELEVENLABS', 'CARTESIA', 'GOOGLE_CLOUD'] },
  supportedLocales: {
    type: 'array',
    items: {
      type: 'string',
      enum: (
        'en-US en-GB en-AU en-CA en-IE en-IN en-NZ en-ZA en-SG es-ES es-MX fr-FR pt-BR zh-CN cmn-EN nl-NL ' +
        'fi-FI de-DE de-AT de-CH de-LU de-LI gsw-CH gsw-LI el-GR hi-IN en-TA id-ID it-IT ja-JP ko-KR ms-MY ' +
        'en-MS ro-RO ru-RU uk-UA bg-BG cs-CZ da-DK pl-PL sk-SK sv-SE tr-TR ar-SA ary-MA arz-EG apc-LB apc-SY ' +
        'apc-PS apc-JO acm-IQ ar-AE afb-AE afb-BH afb-KW afb-QA afb-OM hr-HR hr-BA he-IL ur-PK hu-HU fil-PH th-TH'
      ).split(' '),
    },
  },
  subAccounts: { type: 'boolean' },
  stability: { type: 'number', minimum: 0, maximum: 1 },
  similarityBoost: { type: 'number', minimum: 0, maximum: 1 },
  speed: { type: 'number', minimum: -1, maximum: 1 },
  supportsAllLanguages: { type: 'boolean' },
  subOrganizationId: { type: 'string' },
};

/** The documented fields of the API, by name. */
export const apiFields = Object.entries(documented);
