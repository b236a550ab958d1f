// Runs before the first paint: colour scheme and language, so that nothing flashes.
// A file of its own because the content security policy allows no inline script.
(() => {
  const root = document.documentElement;
  let scheme = 'auto';
  let language = '';
  try {
    scheme = localStorage.getItem('zhiku-color-scheme') || 'auto';
    language = localStorage.getItem('zhiku-language') || '';
  } catch {
    // Storage may be forbidden; the defaults then hold.
  }
  const dark =
    scheme === 'dark' ||
    (scheme === 'auto' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  root.lang = language || (/^zh/i.test(navigator.language) ? 'zh-CN' : 'en');
})();
