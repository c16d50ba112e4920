// Imported before what it silences: the switches are read when a package is loaded.
process.env.DO_NOT_TRACK = "1";
process.env.LITE_TELEMETRY = "0";
