export function Wordmark() {
  return (
    <span class="wordmark">
      <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
        <path d="M1 6q3.5-3.5 7 0t7 0M1 11q3.5-3.5 7 0t7 0" />
      </svg>
      Tidemark
    </span>
  );
}
