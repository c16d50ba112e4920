// Import this before the packages that it silences: they read these switches when they load.
process.env.DO_NOT_TRACK = "1";
process.env.LITE_TELEMETRY = "0";
process.env.WRANGLER_SEND_METRICS = "false";
