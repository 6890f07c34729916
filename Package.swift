// swift-tools-version: 6.2
// Folders under Sources are layers; this manifest refuses a target that uses what its layer may not.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]
/// Tests poke at C handles and processes: everything but the memory-safety annotations.
let strictForTests: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Folders under Sources, and what a target in each may use beside its own folder's targets.
enum Layer: String {
    case cLibraries = "CLibraries", domain = "Domain", adapters = "Adapters", services = "Services", executables = "Executables"
    var mayUse: [Layer] {
        switch self {
        case .cLibraries: []
        case .domain: []
        case .adapters: [.cLibraries]
        case .services: [.adapters, .domain]
        case .executables: [.services]
        }
    }
}

/// Uses outside the rule, each with its reason: what reaches a host takes a ClearedCommand only.
let exceptions: Set<String> = ["HostRunner->CommandSafety"]
var layerOf: [String: Layer] = [:]

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

@MainActor func target(
    _ name: String, in layer: Layer, uses: [String] = [], products: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    for used in uses {
        guard let other = layerOf[used] else { fatalError("\(name) uses \(used), which is not declared above it") }
        precondition(
            other == layer || layer.mayUse.contains(other) || exceptions.contains("\(name)->\(used)"),
            "\(name) (\(layer)) must not use \(used) (\(other))")
    }
    layerOf[name] = layer
    let path = "Sources/\(layer.rawValue)/\(name)"
    let dependencies = uses.map { Target.Dependency(stringLiteral: $0) } + products
    switch layer {
    case .cLibraries where name == "CShims": return .target(name: name, dependencies: dependencies, path: path)
    case .cLibraries: return .systemLibrary(name: name, path: path)
    case .executables:
        return .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
    // Generated code: strict memory safety does not fit it.
    case .domain where name == "ProtocolMessages":
        return .target(name: name, dependencies: dependencies, path: path, swiftSettings: [.swiftLanguageMode(.v6)])
    default:
        return .target(
            name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
    }
}

func tests(_ name: String, uses: [String], products: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name, dependencies: uses.map { Target.Dependency(stringLiteral: $0) } + products, path: "Tests/\(name)",
        swiftSettings: strictForTests)
}

let package = Package(
    name: "Muster",
    products: [
        .library(name: "Muster", targets: ["Muster"]),
        // Targets are named apart: "muster" and "Muster" would collide where case does not count.
        .executable(name: "muster", targets: ["MusterMain"]),
        .executable(name: "muster-coordinator", targets: ["CoordinatorMain"]),
        .executable(name: "muster-worker", targets: ["WorkerMain"]),
    ],
    // Exact versions: Package.resolved is not committed.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    ],
    targets: [
        target("CZeroMQ", in: .cLibraries), target("CSSH2", in: .cLibraries), target("CCurl", in: .cLibraries),
        target("CLibYAML", in: .cLibraries), target("CCrypto", in: .cLibraries),
        target("CShims", in: .cLibraries),

        target("Model", in: .domain),
        target("ShellSyntax", in: .domain),
        target("CommandSafety", in: .domain, uses: ["ShellSyntax"]),
        target("ProtocolMessages", in: .domain, products: [protobuf]),
        target("Orchestration", in: .domain, uses: ["Model"]),
        target("WireProtocol", in: .domain, uses: ["Model", "Orchestration", "ProtocolMessages"], products: [protobuf]),
        target("JournalCoding", in: .domain, uses: ["Model", "Orchestration", "ProtocolMessages", "WireProtocol"], products: [protobuf]),
        target("Planning", in: .domain, uses: ["Model", "CommandSafety"]),

        target("Threads", in: .adapters, uses: ["CShims"]),
        target("Platform", in: .adapters, uses: ["Threads"]),
                target("Cryptography", in: .adapters, uses: ["CCrypto"]),
        target("KnownHosts", in: .adapters, uses: ["Cryptography"]),
        target("Journal", in: .adapters, uses: ["CShims", "Threads", "Cryptography"], products: [grdb, sqlite]),
        target("YAML", in: .adapters, uses: ["CLibYAML"]),
        target("ZeroMQ", in: .adapters, uses: ["CZeroMQ", "CShims", "Threads"]),
        target("SSH", in: .adapters, uses: ["CSSH2", "CShims", "Threads", "Cryptography", "KnownHosts"]),
        target("OpenSSH", in: .adapters, uses: ["SSH", "KnownHosts", "CShims", "Threads"]),
        target(
            "HostRunner", in: .adapters, uses: ["SSH", "OpenSSH", "CommandSafety", "Threads"], exclude: ["runner.sh", "embed.sh"]),
        target("HTTP", in: .adapters, uses: ["CCurl", "Threads"]),
        target("Observability", in: .adapters, uses: ["Threads"], products: [logging]),

        target("ConfigurationFiles", in: .services, uses: ["Model", "CommandSafety", "YAML", "ZeroMQ"]),
        target(
            "RunStore", in: .services,
            uses: ["Model", "Orchestration", "JournalCoding", "WireProtocol", "Journal", "Cryptography", "Threads"]),
        target("Runbooks", in: .services, uses: ["Model", "Planning", "YAML", "ConfigurationFiles"], exclude: ["embed.sh"]),
        target(
            "Worker", in: .services,
            uses: [
                "Model", "Orchestration", "WireProtocol", "ProtocolMessages", "CommandSafety", "ConfigurationFiles", "Observability", "ZeroMQ",
                "SSH", "OpenSSH", "KnownHosts", "HostRunner", "Cryptography", "Platform", "Threads",
            ], products: [logging]),
        target(
            "Coordinator", in: .services,
            uses: [
                "Model", "Planning", "Orchestration", "WireProtocol", "ProtocolMessages", "CommandSafety", "ConfigurationFiles", "Observability",
                "ZeroMQ", "Cryptography", "Threads", "KnownHosts", "RunStore", "Journal", "Runbooks",
            ], products: [logging]),
        target("Documents", in: .services, uses: ["Model", "Orchestration", "CommandSafety", "Cryptography", "RunStore", "Journal", "Coordinator"]),
        target(
            "Muster", in: .services,
            uses: ["Model", "CommandSafety", "Coordinator", "Worker", "ConfigurationFiles", "Observability", "YAML", "ZeroMQ"],
            products: [logging]),
        target(
            "Commands", in: .services,
            uses: [
                "Muster", "Model", "Orchestration", "RunStore", "Journal", "JournalCoding", "ConfigurationFiles", "CommandSafety", "Coordinator", "Documents",
                "Observability", "HTTP", "SSH", "Cryptography", "Threads", "YAML", "ZeroMQ", "Platform",
            ],
            products: [argumentParser, logging]),

        target(
            "RunService", in: .services,
            uses: [
                "Model", "Orchestration", "CommandSafety", "RunStore", "Journal", "ConfigurationFiles", "Coordinator", "Documents", "Observability", "Cryptography",
                "Threads",
            ], products: [logging]),
        target("API", in: .services, uses: ["RunService", "Documents", "Coordinator", "RunStore", "Journal", "JournalCoding", "Model", "Platform", "Cryptography", "Threads"], products: [hummingbird, logging]),
        target(
            "Daemon", in: .services,
            uses: [
                "API", "RunService", "Platform", "Coordinator", "Documents", "Journal", "ConfigurationFiles", "RunStore", "CommandSafety", "Model", "Observability", "YAML",
                "ZeroMQ",
            ],
            products: [logging]),

        target("CoordinatorMain", in: .executables, uses: ["Daemon"], products: [argumentParser]),
        target("MusterMain", in: .executables, uses: ["Commands"], products: [argumentParser]),
        target("WorkerMain", in: .executables, uses: ["Worker"], products: [argumentParser]),

        .target(name: "TestSupport", dependencies: ["Threads"], path: "Tests/TestSupport", swiftSettings: strictForTests),
        .target(
            name: "RunTestSupport", dependencies: ["RunStore", "Orchestration", "Model", "TestSupport"], path: "Tests/RunTestSupport",
            swiftSettings: strictForTests),
        .target(name: "RunnerModel", path: "Tests/RunnerModel", swiftSettings: strictForTests),
        .target(
            name: "SimulatedFleet", dependencies: ["Model", "Orchestration", "JournalCoding", "RunnerModel"], path: "Tests/SimulatedFleet", exclude: ["README.md"],
            swiftSettings: strictForTests),
        .executableTarget(name: "simulate", dependencies: ["SimulatedFleet", "RunnerModel"], path: "Tests/Simulate", swiftSettings: strictForTests),
        tests("Simulation", uses: ["SimulatedFleet", "RunnerModel"]),
        tests("ModelTests", uses: ["Model"]),
        tests("ShellSyntaxTests", uses: ["ShellSyntax"]),
        tests("CommandSafetyTests", uses: ["CommandSafety"]),
        tests("WireProtocolTests", uses: ["WireProtocol", "Orchestration", "Model", "ProtocolMessages"]),
        tests("OrchestrationTests", uses: ["Orchestration", "Model"]),
        tests("JournalCodingTests", uses: ["JournalCoding", "WireProtocol", "Orchestration", "Model"]),
        tests("PlanningTests", uses: ["Planning", "Runbooks", "Model", "CommandSafety", "TestSupport"]),
        tests("CryptographyTests", uses: ["Cryptography"]),
        tests("JournalTests", uses: ["Journal", "Threads", "Cryptography", "TestSupport"], products: [grdb]),
        tests(
            "RunStoreTests", uses: ["RunStore", "Journal", "JournalCoding", "Orchestration", "Model", "Threads", "TestSupport", "RunTestSupport"]),
        tests("KnownHostsTests", uses: ["KnownHosts", "Cryptography"]),
        tests("YAMLTests", uses: ["YAML"]),
        tests("ZeroMQTests", uses: ["ZeroMQ", "Threads", "TestSupport"]),
        tests("HTTPTests", uses: ["HTTP", "Threads", "TestSupport"]),
        tests("SSHTests", uses: ["SSH", "KnownHosts", "Cryptography", "Threads", "TestSupport"]),
        tests("OpenSSHTests", uses: ["OpenSSH", "SSH", "HostRunner", "CommandSafety", "KnownHosts", "Cryptography", "Threads", "TestSupport"]),
        tests("HostRunnerTests", uses: ["HostRunner", "RunnerModel", "CommandSafety", "Threads", "TestSupport"]),
        tests(
            "CoordinatorTests",
            uses: [
                "Coordinator", "Worker", "Planning", "Runbooks", "CommandSafety", "Model", "Orchestration", "ProtocolMessages", "WireProtocol", "ZeroMQ",
                "Cryptography", "Threads", "TestSupport",
            ], products: [logging]),
        tests(
            "WorkerTests",
            uses: ["Worker", "Orchestration", "CommandSafety", "ConfigurationFiles", "Cryptography", "HostRunner", "KnownHosts", "SSH", "WireProtocol", "Model", "TestSupport"],
            products: [logging]),
        tests("CommandsTests", uses: ["Commands", "Coordinator", "Documents", "RunStore", "Orchestration", "Model", "CommandSafety", "RunTestSupport"]),
        tests("RunServiceTests", uses: ["RunService", "Documents", "Model", "TestSupport"]),
        tests(
            "APITests",
            uses: ["API", "RunService", "RunStore", "Coordinator", "ConfigurationFiles", "Documents", "HTTP", "Model", "Threads", "YAML", "ZeroMQ", "TestSupport", "RunTestSupport"],
            products: [logging]),
        tests("DaemonTests", uses: ["Daemon", "Platform", "Observability", "TestSupport"], products: [logging]),
        tests("EndToEndTests", uses: ["HTTP", "TestSupport"]),
        tests("ChaosTests", uses: ["TestSupport"]),
        tests(
            "ConfigurationFilesTests",
            uses: ["ConfigurationFiles", "Model", "YAML", "TestSupport", "WireProtocol", "ProtocolMessages", "Planning", "CommandSafety", "ZeroMQ"]),
        .executableTarget(
            name: "Benchmarks", dependencies: ["SSH", "HostRunner", "Journal", "CommandSafety", "KnownHosts", "Threads", "CSSH2", "TestSupport"],
            path: "Tests/Benchmarks", exclude: ["run.sh", "wrapper.sh", "Dispatch", "Guard", "Rollout"], swiftSettings: strictForTests),
        .executableTarget(
            name: "DispatchBenchmark",
            dependencies: [
                "Coordinator", "RunStore", "Orchestration", "Model", "WireProtocol", "ProtocolMessages", "ZeroMQ", "CZeroMQ", "Cryptography", "Threads", "TestSupport",
                logging,
            ],
            path: "Tests/Benchmarks/Dispatch", swiftSettings: strictForTests),
        .executableTarget(
            name: "RolloutBenchmark", dependencies: ["TestSupport", "Threads"], path: "Tests/Benchmarks/Rollout", swiftSettings: strictForTests),
        .executableTarget(
            name: "GuardBenchmark", dependencies: ["CommandSafety", "ShellSyntax"], path: "Tests/Benchmarks/Guard", exclude: ["typical.txt"],
            swiftSettings: strictForTests),
    ]
)
