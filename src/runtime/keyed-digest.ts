const encoder = new TextEncoder();

/** Makes HMAC-SHA-256 under a key, in letters, digits, `-` and `_`. Whoever lacks the key cannot guess the text. */
export function keyedDigest(secret: Uint8Array<ArrayBuffer>): (text: string) => Promise<string> {
  let key: Promise<CryptoKey> | undefined;
  return async (text) => {
    key ??= crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const digest = new Uint8Array(await crypto.subtle.sign("HMAC", await key, encoder.encode(text)));
    return btoa(String.fromCharCode(...digest))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  };
}
