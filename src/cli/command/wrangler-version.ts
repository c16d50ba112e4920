/** The oldest wrangler that works here, and every later one of its major: a test compares it with package.json. */
export const OLDEST_WRANGLER = "4.156.2";

export const INSTALL_WRANGLER = `npm install --save-dev wrangler@${OLDEST_WRANGLER}`;
