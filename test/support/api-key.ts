/** The key that the function uses in tests. It must turn up nowhere but at the API. */
export const API_KEY = 'sk-test-5f0c9a7be1';
