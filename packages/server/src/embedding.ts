/** What is needed to run the server, or its store, inside a process of one's own: tests, benches and scripts. */
export { databaseFile, type InstallationParts, openInstallation } from './installation.ts'
export { createLogger, type Logger } from './log.ts'
export { saltedDigest } from './salted-digest.ts'
export { type RunningServer, type ServerParts, serve } from './server.ts'
export { readSettings, type Settings } from './settings.ts'
