// [region: config]
export default {
  serverExternalPackages: ['paywelcome'], // an addon can't be bundled
}
// [end]
