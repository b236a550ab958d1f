/** One way to call the server: session cookie, CSRF token, language, problems as errors. */
import { ApiError, problemOf, Unreachable } from '~/api/problems';

const PREFIX = '/api/v1';
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

type Value = string | number | boolean | null | undefined;
export type Query = Record<string, Value | readonly Value[]>;

export function urlOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') search.append(key, String(one));
    }
  }
  const text = search.toString();
  return PREFIX + path + (text ? `?${text}` : '');
}

interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers = requestHeaders(method);
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  const response = await reach(urlOf(path, options.query), init);
  const text = await response.text();
  if (!response.ok) {
    const error = new ApiError(problemOf(response.status, text));
    if (response.status === 401 && path !== '/session') onSignedOut();
    throw error;
  }
  return (text ? JSON.parse(text) : undefined) as T;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable();
  }
}
