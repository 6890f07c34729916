/// The version of this build.
package enum MusterVersion {
    package static let current = "0.1.0"
}
