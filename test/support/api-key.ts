/** The key that the function uses in tests. Only the API may ever see it. */
export const API_KEY = 'sk-test-5f0c9a7be1';
