// [region: config]
export default {
  // What is loaded at run time, as it is: an addon can't be bundled, and neither can a database's files.
  serverExternalPackages: ['paywelcome', 'node-refunds', '@electric-sql/pglite'],
}
// [end]
