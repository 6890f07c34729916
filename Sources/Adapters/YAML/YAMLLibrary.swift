import CLibYAML

/// The libyaml that is linked.
package enum YAMLLibrary {
    package static var version: String {
        // SAFETY: the text is a constant of the library.
        unsafe yaml_get_version_string().map { unsafe String(cString: $0) } ?? "?"
    }
}
