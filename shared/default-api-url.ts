/** The API's base URL unless configured otherwise. A file of its own, so that n8n's credential bundles nothing else. */
export const DEFAULT_API_URL = 'https://api.callers.ai';
