/** A voice as the API returns it. */
export const amelia = {
  id: '1',
  voiceId: '1',
  name: 'Amelia',
  isMultilingual: false,
  supportedLocales: [],
  ttsClient: 'elevenlabs',
};
