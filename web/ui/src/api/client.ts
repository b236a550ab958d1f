/** One way to call the server: session cookie, CSRF token, language, problems as errors. */
import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError, problemOf, Unreachable } from '~/api/problems';
import type { paths } from '~/api/schema';

const SAFE = new Set(['GET', 'HEAD']);

let csrfToken = '';
let language = 'zh-CN';
let onSignedOut: () => void = () => undefined;

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export function setApiLanguage(tag: string): void {
  language = tag;
}

/** Called when a request is refused because nobody is signed in any more. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export function requestHeaders(method: string): Record<string, string> {
  const headers: Record<string, string> = { 'Accept-Language': language };
  if (!SAFE.has(method)) headers['X-CSRF-Token'] = csrfToken;
  return headers;
}

const manners: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(requestHeaders(request.method))) {
      request.headers.set(name, value);
    }
    return request;
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok) return;
    const problem = problemOf(response.status, await response.text());
    if (response.status === 401 && schemaPath !== '/api/v1/session') onSignedOut();
    throw new ApiError(problem);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    return new Unreachable();
  },
};

export const client = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });
client.use(manners);

/** The body of an answer; failures have been thrown by then. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
