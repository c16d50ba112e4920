let listener: (text: string) => void = () => {};

/** Receives what the modelled machines log. Worlds run one after the other. */
export function onWarning(listen: (text: string) => void): void {
  listener = listen;
}

console.warn = (text: string) => listener(text);
