/// Where a script starts.
package enum Directory {
    /// An empty directory of the command's own. What lies in it is free to use.
    package static let own = "/run/muster/own"
}
