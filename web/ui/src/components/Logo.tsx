/** Our mark: lines of text under a lens; and the wordmark beside it. */
import classes from '~/components/Logo.module.css';

export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#1d4e5f" />
      <path
        d="M7 9.5h11M7 15h7M7 20.5h6"
        stroke="#fff"
        strokeWidth="2.4"
        strokeLinecap="round"
        opacity=".88"
      />
      <circle cx="20" cy="18" r="5" fill="none" stroke="#f4c152" strokeWidth="2.4" />
      <path d="m23.6 21.8 3 3.2" stroke="#f4c152" strokeWidth="2.4" strokeLinecap="round" />
    </svg>
  );
}

export function Wordmark({ size = 26 }: { size?: number }) {
  return (
    <span className={classes.wordmark} style={{ fontSize: size * 0.66 }}>
      <Mark size={size} />
      <span lang="zh-CN" className={classes.zh}>
        知库
      </span>
      <span lang="en" className={classes.en}>
        Zhiku
      </span>
    </span>
  );
}
